import {
  CellText,
  changeBetween,
  isInLanguage,
  offsetAt,
  writing
} from '../celltext';
import { moved } from '../offers';

const cells = new CellText([
  { index: 0, source: 'a = 1\nb = 2' },
  { index: 2, source: '' },
  { index: 5, source: 'print(a)' }
]);

describe('The cells of a notebook as one text', () => {
  it('are one below the other', () => {
    expect(cells.text).toBe('a = 1\nb = 2\n\nprint(a)');
  });

  it.each([
    [2, 5, 0, 2],
    [3, 1, 2, 1],
    [4, 9, 5, 1]
  ])('have line %i in a cell, and back', (lineNumber, column, index, line) => {
    const place = { index, position: { lineNumber: line, column } };
    expect(cells.placeOf({ lineNumber, column })).toEqual(place);
    expect(cells.positionOf(place)).toEqual({ lineNumber, column });
  });

  it('have nothing elsewhere', () => {
    const position = { lineNumber: 5, column: 1 };
    expect(cells.placeOf(position)).toBeNull();
    expect(cells.positionOf({ index: 1, position })).toBeNull();
  });

  it('leave out those in another language', () => {
    expect(isInLanguage('%%bash\nls')).toBe(false);
    expect(isInLanguage('\n%%time\nf()')).toBe(true);
    expect(isInLanguage('%matplotlib inline\nf()')).toBe(true);
  });
});

describe('What was edited in a text', () => {
  it.each([
    ['abc', 'abXc'],
    ['abc', ''],
    ['', 'a\nb'],
    ['a\nb\nc', 'a\nc'],
    ['aaa', 'aaaa'],
    ['x\ny', 'x\nz\ny']
  ])('%j to %j is one piece of it', (before, after) => {
    const change = changeBetween(before, after)!;
    const { range, text } = change;
    const start = offsetAt(before, {
      lineNumber: range.startLineNumber,
      column: range.startColumn
    });
    const end = offsetAt(before, {
      lineNumber: range.endLineNumber,
      column: range.endColumn
    });
    expect(before.slice(0, start) + text + before.slice(end)).toBe(after);
  });

  it('is nothing where nothing was, and moves what comes after it', () => {
    expect(changeBetween('a', 'a')).toBeNull();
    const change = changeBetween('a\nb', 'x\na\nb')!;
    const place = {
      startLineNumber: 2,
      startColumn: 1,
      endLineNumber: 2,
      endColumn: 2
    };
    expect(moved(place, [change])?.startLineNumber).toBe(3);
  });
});

describe('What is written in a cell', () => {
  const source = 'import os\nimport re\nx = 1';
  const at = (lineNumber: number, column: number) => ({ lineNumber, column });
  const written = (
    ...[from, to, old, text]: [
      ReturnType<typeof at>,
      ReturnType<typeof at> | null,
      string,
      string
    ]
  ) => {
    const piece = writing(source, from, to, old, text);
    return (
      piece &&
      source.slice(0, piece.start) + piece.text + source.slice(piece.end)
    );
  };

  it('comes in the place of what is there, and of nothing else', () => {
    expect(written(at(2, 8), at(2, 10), 're', 'io')).toBe(
      'import os\nimport io\nx = 1'
    );
    expect(written(at(2, 1), at(2, 1), '', 'import io\n')).toBe(
      'import os\nimport io\nimport re\nx = 1'
    );
    expect(written(at(2, 8), at(2, 10), 'os', 'io')).toBeNull();
  });

  it('replaces and removes whole lines up to the end, which ends no line', () => {
    expect(written(at(3, 1), null, 'x = 1\n', 'x = 2\ny = 1\n')).toBe(
      'import os\nimport re\nx = 2\ny = 1'
    );
    expect(written(at(3, 1), null, 'x = 1\n', '')).toBe('import os\nimport re');
    expect(written(at(1, 1), null, `${source}\n`, '')).toBe('');
    expect(written(at(3, 1), null, 'x = 1', '')).toBeNull();
  });
});
