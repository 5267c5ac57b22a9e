/** How many files' latest edits are told of. */
const MOST_FILES = 5;
/** In milliseconds: edits so long after the last ones have nothing to do with them. */
const FORGOTTEN_AFTER = 180_000;

/** The texts of files as they were before the latest edits. */
export class Recents {
  constructor(private readonly _now: () => number = () => Date.now()) {}

  /** A file is being edited; `before` is its text up to now. */
  note(path: string, before: string): void {
    if (this._now() - this._last > FORGOTTEN_AFTER) {
      this._before.clear();
    }
    this._last = this._now();
    const known = this._before.get(path) ?? before;
    this._before.delete(path);
    this._before.set(path, known);
    if (this._before.size > MOST_FILES) {
      this._before.delete([...this._before.keys()][0]);
    }
  }

  /** The text before; null of a file that was not edited lately. */
  before(path: string): string | null {
    return this._before.get(path) ?? null;
  }

  /** The edited files, the latest first. */
  get paths(): string[] {
    return [...this._before.keys()].reverse();
  }

  /** What was edited so far is settled. */
  clear(): void {
    this._before.clear();
  }

  private readonly _before = new Map<string, string>();
  private _last = -Infinity;
}
