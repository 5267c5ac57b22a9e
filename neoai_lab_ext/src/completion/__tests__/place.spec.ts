import { BEFORE, firstLine, firstWord, type IPlace, remainder } from '../place';

function place(before: string, after = '', offset = before.length): IPlace {
  return { before, after, offset, language: 'python', path: 'a.py' };
}

describe('remainder', () => {
  it.each([
    ['x', 'x = ', ' = 1', '1'],
    ['x', 'x', ' = 1', ' = 1'],
    ['x', 'x = 1', ' = 1', ''],
    ['x', 'x + ', ' = 1', null],
    ['xy', 'x', ' = 1', null]
  ])('of what was suggested at %p, at %p', (from, to, text, left) => {
    expect(remainder(text, place(from), place(to))).toBe(left);
  });

  it('is without what the editor has closed', () => {
    const left = remainder('(a)\nb', place('f', '\nz'), place('f(', ')\nz'));
    expect(left).toBe('a)\nb');
    expect(remainder('(a)', place('f', '\nz'), place('f(', ')\nz'))).toBe('a');
  });

  it('is nothing where another text follows now', () => {
    expect(remainder('(a)', place('f', 'y'), place('f(', 'z'))).toBeNull();
  });

  it('is found in the middle of a long text, of which a window is seen', () => {
    const text = 'x = y\n'.repeat(10_000);
    const from = place(text.slice(-BEFORE), '', text.length);
    const typed = `${text}a`;
    const to = place(typed.slice(-BEFORE), '', typed.length);
    expect(remainder('abc', from, to)).toBe('bc');
    expect(remainder('bbc', from, to)).toBeNull();
  });
});

it('tells the next word, with what stands before it', () => {
  expect([' = value', 'total)', '()', '\n    pass', ''].map(firstWord)).toEqual(
    [' =', 'total', '()', '\n    pass', '']
  );
});

it('tells the rest of the line, or the next line', () => {
  expect(['a b\nc', '\n  c\nd', ''].map(firstLine)).toEqual([
    'a b',
    '\n  c',
    ''
  ]);
});
