import { cellAt } from '../notebooks';

/** As the server writes it:
 *  1 `# %% code 1`, 2 `x = 1`, 3 empty, 4 `# %% markdown 2`, 5 `# Title`, 6 `Text`, 7 empty,
 *  8 `# %% code 3`, 9 its empty source. */
const SOURCES = ['x = 1', '# Title\nText', ''];

describe('cellAt', () => {
  it.each([
    [1, 0],
    [2, 0],
    [4, 1],
    [6, 1],
    [8, 2],
    [9, 2]
  ])('finds the cell of line %d', (line, cell) => {
    expect(cellAt(SOURCES, line)).toBe(cell);
  });

  it('finds none beyond the last cell, and none in an empty notebook', () => {
    expect(cellAt(SOURCES, 400)).toBe(-1);
    expect(cellAt([], 1)).toBe(-1);
  });
});
