import type { IOffer } from '../offers';
import { Since } from '../since';

const at = (line: number, column: number, length = 0) => ({
  startLineNumber: line,
  startColumn: column,
  endLineNumber: line,
  endColumn: column + length
});

/** Something is to be put in between. */
const insertion = (path: string, line: number): IOffer => ({
  path,
  range: at(line, 1),
  old: '',
  new: 'import os\n',
  reason: 'os is used'
});

describe('An answer that comes late', () => {
  it('is one of texts that are no more once one of them was edited', () => {
    const since = new Since();
    expect(since.concerns([{ path: 'a.py' }])).toBe(false);
    since.note('b.py', [{ range: at(1, 1), text: 'x' }]);
    expect(since.concerns([{ path: 'a.py' }])).toBe(false);
    expect(since.concerns([{ path: 'a.py' }, insertion('b.py', 3)])).toBe(true);
  });

  it('fills in places where they are by now, and none that was edited itself', () => {
    const since = new Since();
    since.note('a.py', [{ range: at(1, 1), text: '\n\n' }]);
    since.note('a.py', [{ range: at(4, 1), text: '\n' }]);
    const call = { ...insertion('a.py', 5), range: at(5, 3, 6), old: '(1, 2)' };
    since.note('a.py', [{ range: at(8, 4, 1), text: '7' }]);
    expect(
      since.moved([
        insertion('a.py', 1),
        insertion('a.py', 3),
        insertion('b.py', 3),
        call
      ])
    ).toEqual([
      insertion('a.py', 3),
      insertion('a.py', 6),
      insertion('b.py', 3)
    ]);
  });
});
