import { followed, spliced } from '../splicing';

describe('an edit in a text', () => {
  it.each([
    ['a\nb\n', { start: 1, end: 2 }, 'A\nB\n', 'A\nB\n'],
    ['a\nb\nc\n', { start: 2, end: 2 }, 'B\nB\n', 'a\nB\nB\nc\n'],
    ['stir()', { start: 1, end: 1 }, 'stir()\ntaste()', 'stir()\ntaste()'],
    ['a\nc\n', { start: 2, end: 1 }, 'b\n', 'a\nb\nc\n'],
    ['a', { start: 2, end: 1 }, 'b\n', 'a\nb'],
    ['a\nb\n', { start: 1, end: 1 }, '', 'b\n'],
    ['a\n', { start: 2, end: 2 }, 'b\n', 'a\nb\n'],
    ['', { start: 1, end: 0 }, 'a\n', 'a\n']
  ])('of %j at %j puts %j', (text, span, put, expected) => {
    expect(spliced(text, span, put)).toBe(expected);
  });

  it('is about the same lines when others changed the text above it', () => {
    const before = 'a\nb\nc\nd\n';
    const now = 'new\na\nb\nc\nd\n';
    expect(followed({ start: 3, end: 4 }, before, now)).toEqual({
      start: 4,
      end: 5
    });
  });
});
