import type { ISymbolPlace } from '../languageservers';
import { type IChange, type IRange, moved } from './offers';
import type { INaming } from './surface';

/** Of more definitions nothing is kept. */
const MOST_NAMES = 10;
const MOST_PLACES = 1000;

/** What a language server said of a definition before it was edited. */
export interface ITold {
  readonly name: string;
  readonly line: number;
  readonly places: { path: string; line: number; column: number }[];
}

interface IEntry {
  path: string;
  name: string;
  /** The beginning of the definition's line. */
  line: IRange;
  /** Null until the server answers. */
  places: ISymbolPlace[] | null;
  /** Edits since it was asked. */
  edits: { path: string; changes: readonly IChange[] }[];
}

/** The answers of language servers on names that were edited lately, moved along with edits. */
export class ToldNames {
  /** A definition in the text of `path` begins to be edited; true when the server has said something. */
  async begin(
    path: string,
    { name, lineNumber, places }: INaming
  ): Promise<boolean> {
    const line = at(lineNumber, 1);
    const entry: IEntry = { path, name, line, places: null, edits: [] };
    this._entries.push(entry);
    this._entries.splice(0, this._entries.length - MOST_NAMES);
    const found = await places.catch(() => null);
    if (!found?.length || !this._entries.includes(entry)) {
      this._entries = this._entries.filter(each => each !== entry);
      return false;
    }
    entry.places = entry.edits.reduce<ISymbolPlace[]>(
      (left, edit) => movedPlaces(left, edit.path, edit.changes),
      found.slice(0, MOST_PLACES)
    );
    entry.edits = [];
    return true;
  }

  edited(path: string, changes: readonly IChange[]): void {
    for (const entry of this._entries) {
      if (entry.path === path) {
        entry.line = moved(entry.line, changes) ?? entry.line;
      }
      if (entry.places) {
        entry.places = movedPlaces(entry.places, path, changes);
      } else {
        entry.edits.push({ path, changes });
      }
    }
  }

  /** What is known of definitions in the text of `path`. */
  of(path: string): ITold[] {
    return this._entries.flatMap(({ path: own, name, line, places }) =>
      own === path && places
        ? [
            {
              name,
              line: line.startLineNumber,
              places: places.map(place => ({
                path: place.path,
                line: place.startLineNumber,
                column: place.startColumn
              }))
            }
          ]
        : []
    );
  }

  clear(): void {
    this._entries = [];
  }

  private _entries: IEntry[] = [];
}

const at = (lineNumber: number, column: number): IRange => ({
  startLineNumber: lineNumber,
  startColumn: column,
  endLineNumber: lineNumber,
  endColumn: column
});

/** Those that were not edited themselves. */
function movedPlaces(
  places: readonly ISymbolPlace[],
  path: string,
  changes: readonly IChange[]
): ISymbolPlace[] {
  return places.flatMap(place => {
    const range = place.path === path ? moved(place, changes) : place;
    return range ? [{ ...range, path: place.path }] : [];
  });
}
