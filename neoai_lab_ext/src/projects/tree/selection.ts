import type { Row } from './rows';

/** Which entries are selected, and which of them has the keyboard. */
export class Selection {
  constructor(private readonly _rows: () => readonly Row[]) {}

  /** The entry that has the keyboard. */
  get cursor(): string | null {
    return this._cursor;
  }

  get size(): number {
    return this._paths.size;
  }

  get paths(): string[] {
    return [...this._paths];
  }

  has(path: string): boolean {
    return this._paths.has(path);
  }

  clear(): void {
    this._paths.clear();
    this._cursor = this._anchor = null;
  }

  only(path: string): void {
    this._paths = new Set([path]);
    this._cursor = this._anchor = path;
  }

  /** Put the keyboard on an entry without selecting it. */
  focus(path: string): void {
    this._cursor = path;
  }

  toggle(path: string): void {
    if (!this._paths.delete(path)) {
      this._paths.add(path);
    }
    this._cursor = this._anchor = path;
  }

  /** Select everything from the anchor to an entry. */
  extendTo(path: string): void {
    const rows = this._rows();
    const at = (wanted: string | null) =>
      rows.findIndex(row => row.type === 'node' && row.node.path === wanted);
    const [from, to] = [at(this._anchor ?? this._cursor), at(path)];
    if (from < 0) {
      this.only(path);
      return;
    }
    this._paths = new Set(
      rows
        .slice(Math.min(from, to), Math.max(from, to) + 1)
        .flatMap(row => (row.type === 'node' ? [row.node.path] : []))
    );
    this._cursor = path;
  }

  all(): void {
    this._paths = new Set(
      this._rows().flatMap(row => (row.type === 'node' ? [row.node.path] : []))
    );
  }

  /** Select these, the last of them with the keyboard. */
  set(paths: readonly string[]): void {
    this._paths = new Set(paths);
    this._cursor = this._anchor = paths[paths.length - 1] ?? null;
  }

  follow(rename: (path: string) => string): void {
    this._paths = new Set([...this._paths].map(rename));
    this._cursor = this._cursor === null ? null : rename(this._cursor);
    this._anchor = this._anchor === null ? null : rename(this._anchor);
  }

  drop(isGone: (path: string) => boolean): void {
    this._paths = new Set([...this._paths].filter(path => !isGone(path)));
    if (this._cursor !== null && isGone(this._cursor)) {
      this._cursor = null;
    }
    if (this._anchor !== null && isGone(this._anchor)) {
      this._anchor = null;
    }
  }

  keep(there: ReadonlySet<string>): void {
    this.drop(path => !there.has(path));
  }

  private _paths = new Set<string>();
  private _cursor: string | null = null;
  private _anchor: string | null = null;
}
