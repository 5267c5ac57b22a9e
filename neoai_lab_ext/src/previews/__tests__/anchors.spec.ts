import { anchorsOf, between, blockKey, headingKey, pair } from '../anchors';

describe('what a Markdown text and its preview share', () => {
  it('is headings and fenced blocks, with their lines', () => {
    const text = [
      '---',
      'title: # no heading',
      '---',
      '# Title *with* [a link](there.md) #',
      '',
      '```python',
      '# no heading',
      '```',
      'Under',
      '=====',
      '',
      '---',
      '### Third'
    ].join('\n');
    expect(anchorsOf(text)).toEqual([
      { key: headingKey(1, 'Title with a link'), line: 4 },
      { key: blockKey('# no heading'), line: 6 },
      { key: headingKey(1, 'Under'), line: 9 },
      { key: headingKey(3, 'Third'), line: 13 }
    ]);
  });

  it('is found in what is shown, whatever else is there', () => {
    const anchors = anchorsOf('# One\n\n## Two\n\n# One\n');
    const shown = [
      { key: headingKey(1, 'One¶'), top: 10 },
      { key: headingKey(2, 'made by HTML'), top: 20 },
      { key: headingKey(1, 'One'), top: 90 }
    ];
    expect(pair(anchors, shown)).toEqual([
      [1, 10],
      [5, 90]
    ]);
  });
});

describe('a place between two that are known', () => {
  const points = [
    [1, 0],
    [11, 100],
    [21, 1100]
  ] as const;

  it('is as far along on both sides', () => {
    expect(between(points, 6, 0)).toBe(50);
    expect(between(points, 600, 1)).toBe(16);
  });

  it('ends where they end', () => {
    expect(between(points, 0, 0)).toBe(0);
    expect(between(points, 99, 0)).toBe(1100);
    expect(between([], 3, 0)).toBe(0);
  });
});
