import type {
  editor,
  IDisposable as IMonacoDisposable
} from 'monaco-editor/editor';
import type { IDisposable } from '@lumino/disposable';
import type * as Y from 'yjs';

/** One replacement in the text as it was before a change. Offsets and lengths in UTF-16 units. */
interface IReplacement {
  offset: number;
  length: number;
  text: string;
}

/** What Monaco holds for a shared text: every line break is one `\n`, every other unit is itself. */
export function toModelText(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

const isLowSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;
const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const endsOrStartsInPair = (text: string): boolean =>
  text.length > 0 &&
  (isLowSurrogate(text.charCodeAt(0)) ||
    isHighSurrogate(text.charCodeAt(text.length - 1)));

/**
 * The smallest replacement that turns `before` into `after`, or null when they are equal.
 * It never cuts a surrogate pair, which Monaco would widen.
 */
export function smallestReplacement(
  before: string,
  after: string
): IReplacement | null {
  if (before === after) {
    return null;
  }
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (
    start < shorter &&
    before.charCodeAt(start) === after.charCodeAt(start)
  ) {
    start++;
  }
  if (start > 0 && isHighSurrogate(before.charCodeAt(start - 1))) {
    start--;
  }
  let end = 0;
  while (
    end < shorter - start &&
    before.charCodeAt(before.length - 1 - end) ===
      after.charCodeAt(after.length - 1 - end)
  ) {
    end++;
  }
  if (end > 0 && isLowSurrogate(before.charCodeAt(before.length - end))) {
    end--;
  }
  return {
    offset: start,
    length: before.length - start - end,
    text: after.slice(start, after.length - end)
  };
}

/**
 * Keeps a Monaco model and a shared text the same, both ways.
 *
 * The shared text is the truth. It counts in UTF-16 units, as Monaco does, and its line breaks are
 * `\n` as everywhere in JupyterLab; a `\r\n` that reaches it from elsewhere is collapsed (deleting
 * the same `\r` from several clients is one deletion), so that offsets never drift. A `\r` alone
 * stays, since it is as long as the `\n` that Monaco shows for it.
 *
 * The binding itself is the origin of its transactions: give it to `undoManager.addTrackedOrigin`.
 */
export class TextBinding implements IDisposable {
  constructor(
    readonly ytext: Y.Text,
    readonly model: editor.ITextModel
  ) {
    model.setEOL(0 /* EndOfLineSequence.LF */);
    this._collapseLineBreaks();
    this._resync();
    this._listener = model.onDidChangeContent(event =>
      this._onModelChanged(event)
    );
    ytext.observe(this._onTextChanged);
  }

  /** Whether a change that came from the shared text is being put into the model. */
  get isApplying(): boolean {
    return this._isApplying;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._listener.dispose();
    this.ytext.unobserve(this._onTextChanged);
  }

  private _onModelChanged(event: editor.IModelContentChangedEvent): void {
    if (this._isApplying) {
      return;
    }
    this._transact(this, () => {
      // Monaco lists changes from the end of the text to its start: earlier offsets stay true.
      const changes = event.isFlush
        ? this._flushed()
        : event.changes.map(asReplacement);
      for (const { offset, length, text } of changes) {
        if (length > 0) {
          this.ytext.delete(offset, length);
        }
        if (text.length > 0) {
          this.ytext.insert(offset, text);
        }
      }
      if (this._hasReturns) {
        // This edit brought a lone \r and a \n together; they are two breaks in the model.
        this._eachReturnBeforeBreak((offset, length) => {
          this.ytext.delete(offset, length);
          this.ytext.insert(offset, '\n'.repeat(length));
        });
      }
      // Without it JupyterLab sees no unsaved change, and plain mode never saves by itself.
      this.ytext.doc!.getMap('state').set('dirty', true);
    });
  }

  private _flushed(): IReplacement[] {
    const change = smallestReplacement(
      toModelText(this.ytext.toString()),
      this.model.getValue()
    );
    return change ? [change] : [];
  }

  private readonly _onTextChanged = (
    event: Y.YTextEvent,
    transaction: Y.Transaction
  ): void => {
    if (transaction.origin === this || transaction.origin === COLLAPSE) {
      return;
    }
    const { changes, isWhole } = replacementsOf(event.delta);
    this._hasReturns ||= changes.some(change => change.text.includes('\r'));
    if (this._hasReturns) {
      this._collapseLineBreaks();
    }
    if (
      this._hasReturns ||
      !isWhole ||
      changes.some(change => this._cutsPair(change))
    ) {
      this._resync();
      return;
    }
    this._apply(changes.map(change => this._trimmed(change)));
    if (this.model.getValueLength() !== this.ytext.length) {
      this._resync();
    }
  };

  /** Whether somebody cut a surrogate pair: Yjs replaced its halves, and the delta is silent. */
  private _cutsPair({ offset, length }: IReplacement): boolean {
    return [offset, offset + length].some(end => {
      const { lineNumber, column } = this.model.getPositionAt(end);
      const line = this.model.getLineContent(lineNumber);
      return (
        isLowSurrogate(line.charCodeAt(column - 1)) &&
        isHighSurrogate(line.charCodeAt(column - 2))
      );
    });
  }

  /** Leave what a replacement does not change alone, so that cursors in it stay where they are. */
  private _trimmed(change: IReplacement): IReplacement {
    if (change.length === 0 || change.text.length === 0) {
      return change;
    }
    const before = this.model.getValueInRange(this._range(change));
    const smallest = smallestReplacement(before, change.text);
    return smallest
      ? { ...smallest, offset: change.offset + smallest.offset }
      : { offset: change.offset, length: 0, text: '' };
  }

  /** Make the model what the shared text is, whatever either went through. */
  private _resync(): void {
    const text = toModelText(this.ytext.toString());
    const change = smallestReplacement(this.model.getValue(), text);
    if (change) {
      this._apply([change]);
    }
    if (this.model.getValueLength() !== text.length) {
      this._applying(() => this.model.setValue(text));
    }
  }

  private _apply(changes: IReplacement[]): void {
    const edits = changes.map(change => ({
      range: this._range(change),
      text: change.text,
      forceMoveMarkers: false
    }));
    this._applying(() => this.model.applyEdits(edits));
  }

  private _applying(change: () => void): void {
    this._isApplying = true;
    try {
      change();
    } finally {
      this._isApplying = false;
    }
  }

  private _range(change: IReplacement) {
    const start = this.model.getPositionAt(change.offset);
    const end = this.model.getPositionAt(change.offset + change.length);
    return {
      startLineNumber: start.lineNumber,
      startColumn: start.column,
      endLineNumber: end.lineNumber,
      endColumn: end.column
    };
  }

  private _collapseLineBreaks(): void {
    this._hasReturns = this.ytext.toString().includes('\r');
    if (this._hasReturns) {
      this._transact(COLLAPSE, () =>
        this._eachReturnBeforeBreak((offset, length) =>
          this.ytext.delete(offset, length)
        )
      );
    }
  }

  /** Call `visit` for every run of `\r` that a `\n` follows, from the last to the first. */
  private _eachReturnBeforeBreak(
    visit: (offset: number, length: number) => void
  ): void {
    const runs = [...this.ytext.toString().matchAll(/\r+(?=\n)/g)];
    runs.reverse().forEach(run => visit(run.index, run[0].length));
  }

  private _transact(origin: unknown, change: () => void): void {
    this.ytext.doc!.transact(change, origin);
  }

  private _hasReturns = false;
  private _isApplying = false;
  private _isDisposed = false;
  private readonly _listener: IMonacoDisposable;
}

/** The origin of line breaks being collapsed: not a user's edit, so nothing to undo. */
const COLLAPSE = Symbol('neoai:collapse-line-breaks');

function asReplacement(change: editor.IModelContentChange): IReplacement {
  return {
    offset: change.rangeOffset,
    length: change.rangeLength,
    text: change.text
  };
}

/**
 * A Yjs delta as replacements in the text before it; `isWhole` is false when it may cut a
 * surrogate pair in two.
 */
function replacementsOf(delta: Y.YTextEvent['delta']): {
  changes: IReplacement[];
  isWhole: boolean;
} {
  const changes: IReplacement[] = [];
  let isWhole = true;
  let offset = 0;
  let open: IReplacement | null = null;
  for (const part of delta) {
    if (part.retain !== undefined) {
      offset += part.retain;
      open = null;
      continue;
    }
    if (!open) {
      open = { offset, length: 0, text: '' };
      changes.push(open);
    }
    if (part.delete !== undefined) {
      open.length += part.delete;
      offset += part.delete;
    } else if (typeof part.insert === 'string') {
      open.text += part.insert;
      isWhole &&= !endsOrStartsInPair(part.insert);
    }
  }
  return { changes, isWhole };
}
