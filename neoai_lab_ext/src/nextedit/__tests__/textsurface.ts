import { Signal } from '@lumino/signaling';

import { changeBetween, offsetAt } from '../celltext';
import {
  endOf,
  type IPosition,
  type IRange,
  isWithin,
  startOf
} from '../offers';
import type { IEditing, IShown, ISurface } from '../surface';

/** A text with a cursor, without a page. */
export class TextSurface implements ISurface {
  constructor(
    readonly path: string,
    private _text: string,
    readonly suggestsAtTab: boolean
  ) {}

  readonly edited = new Signal<this, IEditing>(this);
  readonly moved = new Signal<this, void>(this);
  readonly named = null;
  readonly language = 'python';
  readonly isInFront = true;
  readonly isUnsaved = true;
  readonly isDisposed = false;
  isReadOnly = false;
  /** Read-only by itself, as a cell may be. */
  isFixed = false;
  cursor: IPosition = { lineNumber: 1, column: 1 };
  shown: IShown | null = null;

  get length(): number {
    return this._text.length;
  }

  text(): string {
    return this._text;
  }

  lineAt(lineNumber: number): string {
    return this._text.split('\n')[lineNumber - 1] ?? '';
  }

  textIn(range: IRange): string {
    const { _text: text } = this;
    return text.slice(
      offsetAt(text, startOf(range)),
      offsetAt(text, endOf(range))
    );
  }

  isInView(range: IRange): boolean {
    return isWithin(range, startOf(range));
  }

  placeName({ startLineNumber }: IRange): string {
    return `line ${startLineNumber}`;
  }

  show(shown: IShown): void {
    this.shown = shown;
  }

  async goTo(position: IPosition): Promise<void> {
    this.cursor = position;
    this.moved.emit();
  }

  activate(): void {
    this.moved.emit();
  }

  replace(range: IRange, old: string, text: string): boolean {
    if (this.isFixed || this.textIn(range) !== old) {
      return false;
    }
    this.write(startOf(range), old.length, text, false);
    return true;
  }

  async definitions(): Promise<null> {
    return null;
  }

  dispose(): void {
    Signal.clearData(this);
  }

  /** Type at the cursor. */
  type(text: string): void {
    this.write(this.cursor, 0, text, true);
  }

  /** Take so many characters before the cursor away. */
  erase(count: number): void {
    const { lineNumber, column } = this.cursor;
    this.write({ lineNumber, column: column - count }, count, '', true);
  }

  /** Put text in the place of so many characters; the cursor of who does so is behind it. */
  write(at: IPosition, count: number, text: string, isMine: boolean): void {
    const before = this._text;
    const start = offsetAt(before, at);
    this._text = before.slice(0, start) + text + before.slice(start + count);
    const change = changeBetween(before, this._text);
    if (change) {
      this.edited.emit({ changes: [change], isMine });
    }
    const lines = text.split('\n');
    this.cursor = {
      lineNumber: at.lineNumber + lines.length - 1,
      column:
        (lines.length > 1 ? 1 : at.column) + lines[lines.length - 1].length
    };
  }
}
