import type { IUsed } from './notes';

const PLACE =
  /^(?<path>.+?)(?::(?<lines>\d+(?:-\d+)?)|, cell (?<cell>\d+)(?:, .*)?)$/;

interface IPlaces {
  readonly lines: Set<string>;
  readonly cells: Set<string>;
}

/**
 * What went along, by name: each once, the lines and the cells of one file joined, such as
 * `app.py:3-9,20` and `soup.ipynb, cell 2,4`.
 */
export function namesOf(along: readonly IUsed[]): string[] {
  const files = new Map<string, IPlaces>();
  for (const { name, kind } of along) {
    const found = PLACE.exec(name)?.groups;
    const path = found?.path ?? (name || kind);
    const places = files.get(path) ?? { lines: new Set(), cells: new Set() };
    files.set(path, places);
    if (found?.lines) {
      places.lines.add(found.lines);
    }
    if (found?.cell) {
      places.cells.add(found.cell);
    }
  }
  return [...files].map(
    ([path, { lines, cells }]) =>
      path +
      (lines.size > 0 ? `:${inOrder(lines)}` : '') +
      (cells.size > 0 ? `, cell ${inOrder(cells)}` : '')
  );
}

function inOrder(places: Set<string>): string {
  return [...places].sort((a, b) => parseInt(a) - parseInt(b)).join(',');
}
