import { type IChange, type IPosition, moved } from './offers';
import type { ISurface } from './surface';

/** A line, and what stands in it before the cursor. */
interface ILeft {
  readonly lineNumber: number;
  readonly before: string;
}

/**
 * Where the edit that places came of, or the way to a place, has left the cursor: Tab goes on from
 * there. What is typed behind it is something else, which Tab may complete.
 */
export class Left {
  constructor(private readonly _surface: Pick<ISurface, 'cursor' | 'lineAt'>) {}

  /** Whether the cursor is still there. */
  get isThere(): boolean {
    const here = this._here;
    return (
      here !== null &&
      here.lineNumber === this._claimed?.lineNumber &&
      here.before === this._claimed.before
    );
  }

  /** The user has edited the text; whether places come of it is not known yet. */
  typed(): void {
    this._typed = this._here;
  }

  /** Places came of the latest edit. */
  claim(): void {
    this._claimed = this._typed;
  }

  /** Places came of what was edited in another text. */
  release(): void {
    this._claimed = null;
  }

  edited(changes: readonly IChange[]): void {
    this._typed = shifted(this._typed, changes);
    this._claimed = shifted(this._claimed, changes);
  }

  private get _here(): ILeft | null {
    const { cursor } = this._surface;
    return (
      cursor && { lineNumber: cursor.lineNumber, before: this._to(cursor) }
    );
  }

  private _to({ lineNumber, column }: IPosition): string {
    return this._surface.lineAt(lineNumber).slice(0, column - 1);
  }

  private _claimed: ILeft | null = null;
  private _typed: ILeft | null = null;
}

/** Where the line is after edits. */
function shifted(
  left: ILeft | null,
  changes: readonly IChange[]
): ILeft | null {
  const line = left && {
    startLineNumber: left.lineNumber,
    startColumn: 1,
    endLineNumber: left.lineNumber,
    endColumn: 1
  };
  const range = line && moved(line, changes);
  return left && range && { ...left, lineNumber: range.startLineNumber };
}
