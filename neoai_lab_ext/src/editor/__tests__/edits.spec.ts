import { smallestEdits, type IEdit } from '../edits';

function applied(text: string, edits: IEdit[]): string {
  return [...edits]
    .reverse()
    .reduce(
      (now, { offset, length, text: put }) =>
        now.slice(0, offset) + put + now.slice(offset + length),
      text
    );
}

describe('the edits from one text to another', () => {
  it.each([
    ['', ''],
    ['', 'a\n'],
    ['a', ''],
    ['a\nb\nc\n', 'a\nc\n'],
    ['a\nb\nc', 'a\nx\nc\n'],
    ['one\ntwo\nthree\nfour\n', 'two\none\nfour\nfive\n'],
    ['x\n\n\ny\n', 'x\n\ny\n']
  ])('turn %j into %j', (before, after) => {
    expect(applied(before, smallestEdits(before, after))).toBe(after);
  });

  it('leave lines between two changes alone', () => {
    const edits = smallestEdits('a\nb\nc\nd\ne\n', 'A\nb\nc\nd\nE\n');
    expect(edits).toEqual([
      { offset: 0, length: 2, text: 'A\n' },
      { offset: 8, length: 2, text: 'E\n' }
    ]);
  });

  it('are right for many texts drawn at random', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const text = () =>
      Array.from({ length: random(12) }, () => 'abc'[random(3)] + '\n').join(
        ''
      );
    for (let run = 0; run < 500; run++) {
      const [before, after] = [text(), text()];
      expect(applied(before, smallestEdits(before, after))).toBe(after);
    }
  });
});
