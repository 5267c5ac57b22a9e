import {
  asCellSource,
  fenceOf,
  fencesOf,
  type IFence,
  indented,
  pathAbove,
  pathOf
} from '../markdown';

const fence = (part: Partial<IFence>): IFence => ({
  language: 'python',
  info: '',
  code: 'x = 1',
  above: '',
  ...part
});

describe('the code blocks of a message', () => {
  it('are found with what stands behind the language and above them', () => {
    const text = [
      'In `app/main.py`:',
      '',
      '```python title="a.py"',
      'x = 1',
      '',
      '```',
      '  ~~~~',
      '  ```',
      '  ~~~~'
    ].join('\n');
    expect(fencesOf(text)).toEqual([
      {
        language: 'python',
        info: 'title="a.py"',
        code: 'x = 1\n',
        above: 'In `app/main.py`:'
      },
      { language: '', info: '', code: '```', above: '' }
    ]);
  });

  it('go to the end where they are still being written', () => {
    expect(fencesOf('```js\nlet a;\nlet')[0].code).toBe('let a;\nlet');
  });

  it('are told apart by their place where they are alike', () => {
    const fences = fencesOf('A\n```\nx\n```\nB\n```\nx\n```');
    expect(fenceOf(fences, 'x\n', 1)?.above).toBe('B');
    expect(fenceOf(fences, 'x', 7)?.above).toBe('A');
    expect(fenceOf(fences, 'y', 0)).toBeNull();
  });
});

describe('the file of a block', () => {
  it.each([
    [{ info: 'app/main.py' }, 'app/main.py'],
    [{ info: 'title="src/a b.py"' }, null],
    [{ info: '{title="src/a.py"}' }, 'src/a.py'],
    [{ info: 'filename=./a.py' }, 'a.py'],
    [{ language: 'python:app/main.py' }, 'app/main.py'],
    [{ language: '12:20:app/main.py' }, 'app/main.py'],
    [{ language: 'Dockerfile' }, 'Dockerfile'],
    [{ code: '# app/main.py\nx = 1' }, 'app/main.py'],
    [{ code: '// file: web/app.ts\nlet x' }, 'web/app.ts'],
    [{ code: '# see main.py for more\nx' }, null],
    [{ info: '../../etc/passwd.txt' }, null],
    [{ code: '# ../../etc/passwd.txt\nx' }, null],
    [{ code: '# app/../../passwd.txt\nx' }, null],
    [{}, null]
  ] as [Partial<IFence>, string | null][])('of %j is %s', (part, path) => {
    expect(pathOf(fence(part))).toBe(path);
  });

  it.each([
    ['Change `app/main.py` like this:', 'app/main.py'],
    ['Change app/main.py:', 'app/main.py'],
    ['Change `a.py` and `b.py`:', null],
    ['Now it runs.', null],
    ['', null]
  ])('may be named above it: %j', (above, path) => {
    expect(pathAbove(fence({ above }))).toBe(path);
  });
});

it('code for a shell becomes a cell that a Python kernel can run', () => {
  expect(asCellSource('$ ls\n', 'bash', 'python')).toBe('%%bash\nls\n');
  expect(asCellSource('ls', 'bash', 'bash')).toBe('ls');
  expect(asCellSource('x = 1', 'python', 'python')).toBe('x = 1');
});

it('code is indented as the line that it comes into', () => {
  expect(indented('  if x:\n    go()\n\n  end()\n', '    ')).toBe(
    'if x:\n      go()\n\n    end()'
  );
});
