import type { editor } from 'monaco-editor/editor';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';

/**
 * The lines that were changed since the server was last told, as one change of whole lines.
 *
 * Whole lines need no columns, and so hold whether the server counts in UTF-16 units, as the
 * protocol says, or in characters, as python-lsp-server does.
 */
export class PendingLines {
  /** Take note of an edit. */
  add({ changes }: editor.IModelContentChangedEvent): void {
    let start = Infinity;
    let end = 0;
    let grown = 0;
    for (const { range, text } of changes) {
      start = Math.min(start, range.startLineNumber);
      end = Math.max(end, range.endLineNumber);
      grown +=
        text.split('\n').length -
        1 -
        (range.endLineNumber - range.startLineNumber);
    }
    if (!this._lines) {
      this._lines = { first: start, before: end, now: end + grown };
      return;
    }
    const { first, before, now } = this._lines;
    this._lines = {
      first: Math.min(first, start),
      before: before + Math.max(0, end - now),
      now: Math.max(now, end) + grown
    };
  }

  get isEmpty(): boolean {
    return this._lines === null;
  }

  clear(): void {
    this._lines = null;
  }

  /** The change to tell, and forget it; null where nothing was changed. */
  take(model: editor.ITextModel): TextDocumentContentChangeEvent | null {
    if (!this._lines) {
      return null;
    }
    const { first, before, now } = this._lines;
    this._lines = null;
    const text: string[] = [];
    for (let line = first; line <= now; line++) {
      text.push(model.getLineContent(line));
    }
    // The last line has no break: what follows it is an empty line beyond the end, for both sides.
    const isLast = now === model.getLineCount();
    return {
      range: {
        start: { line: first - 1, character: 0 },
        end: { line: before, character: 0 }
      },
      text: text.join('\n') + (isLast ? '' : '\n')
    };
  }

  private _lines: { first: number; before: number; now: number } | null = null;
}

/** Where Python's `splitlines`, by which python-lsp-server counts, sees lines that Monaco does not. */
const OTHER_BREAKS = '\v\f\x1c\x1d\x1e\x85\u2028\u2029';

/** Whether lines are others for the server: then it must be told the whole text. */
export function hasOtherBreaks(text: string): boolean {
  return [...OTHER_BREAKS].some(character => text.includes(character));
}
