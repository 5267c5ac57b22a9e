import type { IChange, IPosition } from './offers';

/** A cell's number among all of the notebook, from 0, and its text. */
export interface ICellSource {
  readonly index: number;
  readonly source: string;
}

export interface ICellPlace {
  /** Which cell, from 0. */
  readonly index: number;
  /** In the cell's text, from 1. */
  readonly position: IPosition;
}

/** The code of a notebook as one text: its cells, one below the other. */
export class CellText {
  constructor(cells: readonly ICellSource[]) {
    let first = 1;
    for (const { index, source } of cells) {
      const lines = source.split('\n').length;
      this._cells.push({ index, first, lines });
      first += lines;
    }
    this.text = cells.map(({ source }) => source).join('\n');
  }

  readonly text: string;

  get lines(): string[] {
    return (this._lines ??= this.text.split('\n'));
  }

  /** Where a place of the whole text is; null where there is none. */
  placeOf({ lineNumber, column }: IPosition): ICellPlace | null {
    const cell = this._cells.find(
      ({ first, lines }) => first <= lineNumber && lineNumber < first + lines
    );
    return cell
      ? {
          index: cell.index,
          position: { lineNumber: lineNumber - cell.first + 1, column }
        }
      : null;
  }

  /** Where a place of a cell is in the whole text; null where the cell is none of code. */
  positionOf({ index, position }: ICellPlace): IPosition | null {
    const cell = this._cells.find(each => each.index === index);
    return cell
      ? {
          lineNumber: cell.first + position.lineNumber - 1,
          column: position.column
        }
      : null;
  }

  private readonly _cells: { index: number; first: number; lines: number }[] =
    [];
  private _lines: string[] | null = null;
}

/** What is written in a cell: a piece, and what comes in its place. */
export interface IWriting {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * What puts `text` in the place of `old` in a cell; `to` is null where whole lines reach to the
 * cell's end, which ends no line itself. Null where something else stands there.
 */
export function writing(
  source: string,
  from: IPosition,
  to: IPosition | null,
  old: string,
  text: string
): IWriting | null {
  const start = offsetAt(source, from);
  const end = to ? offsetAt(source, to) : source.length;
  if (source.slice(start, end) + (to ? '' : '\n') !== old) {
    return null;
  }
  if (to || !/^$|\n$/.test(text)) {
    return { start, end, text };
  }
  return text
    ? { start, end, text: text.slice(0, -1) }
    : { start: Math.max(0, start - 1), end, text };
}

const CELL_MAGIC = /^\s*%%(?!(?:time|timeit|capture|prun)\b)/;

/** Whether a cell's text is in the notebook's own language: `%%bash` says that it is not. */
export function isInLanguage(source: string): boolean {
  return !CELL_MAGIC.test(source);
}

/** What became of a text as one piece that changed; null where nothing did. */
export function changeBetween(before: string, after: string): IChange | null {
  if (before === after) {
    return null;
  }
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) {
    start++;
  }
  let end = 0;
  while (
    end < most - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  const from = positionAt(before, start);
  const to = positionAt(before, before.length - end);
  return {
    range: {
      startLineNumber: from.lineNumber,
      startColumn: from.column,
      endLineNumber: to.lineNumber,
      endColumn: to.column
    },
    text: after.slice(start, after.length - end)
  };
}

function positionAt(text: string, offset: number): IPosition {
  const before = text.slice(0, offset).split('\n');
  return {
    lineNumber: before.length,
    column: before[before.length - 1].length + 1
  };
}

/** The offset of a place in a text. */
export function offsetAt(
  text: string,
  { lineNumber, column }: IPosition
): number {
  const lines = text.split('\n').slice(0, lineNumber - 1);
  const before = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return before + column - 1;
}
