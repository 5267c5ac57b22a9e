import { type ISignal, Signal } from '@lumino/signaling';

/** A place in a text: line and column from 1, columns in UTF-16 units. */
export interface IPosition {
  lineNumber: number;
  column: number;
}

/** A piece of a text; the end is excluded. */
export interface IRange {
  startLineNumber: number;
  startColumn: number;
  endLineNumber: number;
  endColumn: number;
}

/** A piece that became `text`. */
export interface IChange {
  range: IRange;
  text: string;
}

/** A place that must change too. */
export interface IOffer {
  /** Relative to the server's root. */
  readonly path: string;
  readonly range: IRange;
  readonly old: string;
  /** What should stand there; null where that is not known. */
  readonly new: string | null;
  readonly reason: string;
  /** A language server was asked, and did not name it. */
  readonly isDoubtful?: boolean;
}

/** The places that are offered one by one, the first of them now. */
export class Offers {
  /** Another one is offered, or it is elsewhere now. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get items(): readonly IOffer[] {
    return this._items;
  }

  get current(): IOffer | null {
    return this._items[0] ?? null;
  }

  /** Which of how many is offered now, from 1. */
  get number(): number {
    return this._done + 1;
  }

  get count(): number {
    return this._done + this._items.length;
  }

  /**
   * Offer these from now on, but for what was skipped; `isAnew` counts from the beginning. True
   * where one of them was not offered before, wherever it stood.
   */
  replace(items: readonly IOffer[], isAnew: boolean): boolean {
    this._items = items.filter(item => !this._skipped.has(keyOf(item)));
    this._done = isAnew ? 0 : this._done;
    const kinds = this._items.map(kindOf);
    const isNew = kinds.some(kind => !this._kinds.has(kind));
    if (kinds.length > 0) {
      this._kinds = new Set(kinds);
    }
    this._changed.emit();
    return isNew;
  }

  /** What is known of places by now: those that are still offered take it over. */
  fill(items: readonly IOffer[]): void {
    const filled = new Map(items.map(item => [placeOf(item), item.new]));
    this._items = this._items.map(item => {
      const text = filled.get(placeOf(item));
      return item.new === null && text ? { ...item, new: text } : item;
    });
    this._changed.emit();
  }

  /** A place is done; the next one is offered. */
  done(offer: IOffer): void {
    const left = this._items.filter(item => item !== offer);
    if (left.length < this._items.length) {
      this._done++;
      this._keep(left);
    }
  }

  /** Offer nothing in this text: it cannot be shown. */
  drop(path: string): void {
    this._keep(this._items.filter(item => item.path !== path));
  }

  /** Leave the current one alone, and do not offer it again. */
  skip(): void {
    if (this.current) {
      this._skipped.add(keyOf(this.current));
      this.done(this.current);
    }
  }

  /** Offer nothing any more. */
  clear(): void {
    this._skipped.clear();
    this._kinds.clear();
    this._done = 0;
    if (this._items.length > 0) {
      this._items = [];
      this._changed.emit();
    }
  }

  /** A text was edited: what comes after moves along, what was edited itself is offered no more. */
  edited(path: string, changes: readonly IChange[]): void {
    if (!this._items.some(item => item.path === path)) {
      return;
    }
    this._items = this._items.flatMap(item => {
      const range =
        item.path === path ? moved(item.range, changes) : item.range;
      return range ? [range === item.range ? item : { ...item, range }] : [];
    });
    this._changed.emit();
  }

  private _keep(items: readonly IOffer[]): void {
    this._items = items;
    if (items.length === 0) {
      this._kinds.clear();
    }
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _skipped = new Set<string>();
  private _done = 0;
  private _items: readonly IOffer[] = [];
  /** What was offered last. */
  private _kinds = new Set<string>();
}

const kindOf = (offer: IOffer) => [offer.path, offer.old, offer.new].join('\n');

const keyOf = (offer: IOffer) =>
  [offer.path, offer.range.startLineNumber, offer.old, offer.new].join('\n');

const placeOf = ({ path, range, old }: IOffer) =>
  [path, range.startLineNumber, range.startColumn, old].join('\n');

/** Where a range is after edits, which do not overlap; null where one reaches into it. */
export function moved(
  range: IRange,
  changes: readonly IChange[]
): IRange | null {
  let start = startOf(range);
  let end = endOf(range);
  // From the last to the first: an edit moves nothing that stands before it.
  const ordered = [...changes].sort(
    (one, other) => -order(startOf(one.range), startOf(other.range))
  );
  for (const change of ordered) {
    if (order(endOf(change.range), start) <= 0) {
      start = shifted(start, change);
      end = shifted(end, change);
    } else if (order(startOf(change.range), end) < 0) {
      return null;
    }
  }
  return {
    startLineNumber: start.lineNumber,
    startColumn: start.column,
    endLineNumber: end.lineNumber,
    endColumn: end.column
  };
}

function shifted(position: IPosition, { range, text }: IChange): IPosition {
  const lines = text.split(/\r\n|\r|\n/);
  const lineNumber =
    position.lineNumber +
    lines.length -
    1 -
    (range.endLineNumber - range.startLineNumber);
  if (position.lineNumber > range.endLineNumber) {
    return { lineNumber, column: position.column };
  }
  const before = lines.length > 1 ? 1 : range.startColumn;
  const length = lines[lines.length - 1].length;
  return {
    lineNumber,
    column: before + length + position.column - range.endColumn
  };
}

export const startOf = (range: IRange): IPosition => ({
  lineNumber: range.startLineNumber,
  column: range.startColumn
});

export const endOf = (range: IRange): IPosition => ({
  lineNumber: range.endLineNumber,
  column: range.endColumn
});

/** Where one sees to a piece: behind it; of whole lines at the beginning of the first. */
export const seenAt = (range: IRange): IPosition =>
  range.endColumn === 1 && range.endLineNumber > range.startLineNumber
    ? startOf(range)
    : endOf(range);

/** Whether a position is in a range, or at one of its ends. */
export const isWithin = (range: IRange, position: IPosition): boolean =>
  order(startOf(range), position) <= 0 && order(position, endOf(range)) <= 0;

const order = (one: IPosition, other: IPosition) =>
  one.lineNumber - other.lineNumber || one.column - other.column;
