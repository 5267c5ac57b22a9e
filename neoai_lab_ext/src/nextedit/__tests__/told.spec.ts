import { ToldNames } from '../told';

const place = (path: string, line: number, column: number, length = 4) => ({
  path,
  startLineNumber: line,
  startColumn: column,
  endLineNumber: line,
  endColumn: column + length
});

const insertion = (line: number, column: number, text: string, length = 0) => ({
  range: {
    startLineNumber: line,
    startColumn: column,
    endLineNumber: line,
    endColumn: column + length
  },
  text
});

const found = [place('a.py', 2, 5), place('a.py', 4, 1), place('b.py', 1, 1)];

describe('What a language server said of a name', () => {
  it('is moved by the edits since it was asked, and loses what was edited', async () => {
    const told = new ToldNames();
    const answer = new Promise<typeof found>(resolve =>
      setTimeout(() => resolve(found))
    );
    const isTold = told.begin('a.py', {
      name: 'area',
      lineNumber: 2,
      places: answer
    });
    told.edited('a.py', [insertion(2, 5, 's', 4)]);
    told.edited('a.py', [insertion(1, 1, '\n\n')]);
    expect(told.of('a.py')).toEqual([]);
    expect(await isTold).toBe(true);
    told.edited('a.py', [insertion(6, 1, 'x = ')]);
    told.edited('b.py', [insertion(1, 1, '\n')]);
    expect(told.of('a.py')).toEqual([
      {
        name: 'area',
        line: 4,
        places: [
          { path: 'a.py', line: 6, column: 5 },
          { path: 'b.py', line: 2, column: 1 }
        ]
      }
    ]);
    expect(told.of('b.py')).toEqual([]);
  });

  it.each([null, []])('is nothing where it says %p', async answer => {
    const told = new ToldNames();
    const places = Promise.resolve(answer);
    const naming = { name: 'area', lineNumber: 2, places };
    expect(await told.begin('a.py', naming)).toBe(false);
    expect(told.of('a.py')).toEqual([]);
  });

  it('is nothing where it fails, nor of what was forgotten meanwhile', async () => {
    const told = new ToldNames();
    const failed = Promise.reject(new Error('gone'));
    const naming = { name: 'area', lineNumber: 2, places: failed };
    expect(await told.begin('a.py', naming)).toBe(false);
    const late = told.begin('a.py', {
      ...naming,
      places: Promise.resolve(found)
    });
    told.clear();
    expect(await late).toBe(false);
    expect(told.of('a.py')).toEqual([]);
  });
});
