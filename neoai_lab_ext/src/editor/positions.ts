import type { editor, IRange, ISelection } from 'monaco-editor/editor';
import * as Y from 'yjs';

/** A selection that stays at its text while others edit. */
export interface IRelativeSelection {
  anchor: Y.RelativePosition;
  head: Y.RelativePosition;
}

/** A selection in a model, with the same extent as a range (start before end). */
export interface IPlacedSelection extends ISelection {
  readonly range: IRange;
}

/** `selection` of `model` as positions in the shared text. */
export function toRelative(
  ytext: Y.Text,
  model: editor.ITextModel,
  selection: ISelection
): IRelativeSelection {
  const at = (lineNumber: number, column: number) =>
    Y.createRelativePositionFromTypeIndex(
      ytext,
      model.getOffsetAt({ lineNumber, column })
    );
  return {
    anchor: at(
      selection.selectionStartLineNumber,
      selection.selectionStartColumn
    ),
    head: at(selection.positionLineNumber, selection.positionColumn)
  };
}

/** Where a selection is now, or null when it is not in this text. */
export function fromRelative(
  ytext: Y.Text,
  model: editor.ITextModel,
  selection: IRelativeSelection
): IPlacedSelection | null {
  const offset = (position: unknown): number | null => {
    const relative = Y.createRelativePositionFromJSON(position);
    const absolute = Y.createAbsolutePositionFromRelativePosition(
      relative,
      ytext.doc!
    );
    return absolute?.type === ytext ? absolute.index : null;
  };
  const anchor = offset(selection.anchor);
  const head = offset(selection.head);
  if (anchor === null || head === null) {
    return null;
  }
  const from = model.getPositionAt(anchor);
  const to = model.getPositionAt(head);
  const [start, end] = anchor <= head ? [from, to] : [to, from];
  return {
    selectionStartLineNumber: from.lineNumber,
    selectionStartColumn: from.column,
    positionLineNumber: to.lineNumber,
    positionColumn: to.column,
    range: {
      startLineNumber: start.lineNumber,
      startColumn: start.column,
      endLineNumber: end.lineNumber,
      endColumn: end.column
    }
  };
}
