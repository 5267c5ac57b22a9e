import type { IDisposable } from '@lumino/disposable';

/** A hunk as an editor is to show it. */
export interface IShown {
  readonly id: number;
  /** The first of the lines that would go, from 0, and how many there are. */
  readonly line: number;
  readonly removed: number;
  readonly isStale: boolean;
  readonly isCurrent: boolean;
  /** What comes in their place, and the buttons. */
  readonly node: HTMLElement;
}

/** An editor in which hunks are shown. */
export interface ISurface extends IDisposable {
  /** Where the cursor is, in lines from 0. */
  readonly line: number;
  /** Show these and no others. */
  show(hunks: readonly IShown[]): void;
  /** Bring lines into view, the cursor at the first, with the keyboard in the text. */
  reveal(line: number, lines: number): void;
  /** Put the text's colours on lines of its language. */
  paint(node: HTMLElement, text: string): void;
}
