import type * as nbformat from '@jupyterlab/nbformat';
import type {
  ISharedCell,
  ISharedCodeCell,
  YDocument,
  YFile,
  YNotebook
} from '@jupyter/ydoc';
import { JSONExt, type PartialJSONValue } from '@lumino/coreutils';

import { smallestEdits } from '../editor/edits';

/** A document's content: a text, or a notebook as its file has it. */
export type Content = string | nbformat.INotebookContent;

type Shared = YDocument<never>;

export function isText(shared: unknown): shared is YFile {
  return typeof (shared as YFile).updateSource === 'function';
}

export function isNotebook(shared: unknown): shared is YNotebook {
  return Array.isArray((shared as YNotebook).cells);
}

/** Whether two contents are the same to a reader. */
export function same(a: Content, b: Content): boolean {
  return typeof a === 'string' || typeof b === 'string'
    ? a === b
    : JSONExt.deepEqual(comparable(a), comparable(b));
}

/** Make the document what `content` says by edits that one undo takes back; cursors stay. */
export function apply(shared: unknown, content: Content): void {
  const { undoManager } = shared as Shared;
  undoManager.stopCapturing();
  if (isText(shared) && typeof content === 'string') {
    const edits = smallestEdits(shared.getSource(), content);
    shared.transact(() => {
      for (const { offset, length, text } of edits.reverse()) {
        shared.updateSource(offset, offset + length, text);
      }
    });
  } else if (isNotebook(shared) && typeof content !== 'string') {
    shared.transact(() => applyNotebook(shared, content));
  }
  undoManager.stopCapturing();
}

function applyNotebook(
  shared: YNotebook,
  content: nbformat.INotebookContent
): void {
  shared.nbformat_minor = content.nbformat_minor;
  if (!JSONExt.deepEqual(shared.metadata, content.metadata)) {
    shared.metadata = content.metadata;
  }
  const { cells } = content;
  const hasIds = cells.every(cell => cell.id !== undefined);
  const keyOf = (cell: nbformat.ICell): string =>
    hasIds ? `${cell.id} ${cell.cell_type}` : JSON.stringify(comparable(cell));
  const standing = shared.cells.map(cell => keyOf(cell.toJSON()));
  let at = 0;
  for (const cell of cells) {
    const found = standing.indexOf(keyOf(cell), at);
    if (found < 0) {
      shared.insertCell(at, cell as nbformat.IBaseCell & { cell_type: string });
      standing.splice(at, 0, keyOf(cell));
    } else {
      if (found > at) {
        shared.deleteCellRange(at, found);
        standing.splice(at, found - at);
      }
      applyCell(shared.getCell(at), cell);
    }
    at++;
  }
  if (at < shared.cells.length) {
    shared.deleteCellRange(at, shared.cells.length);
  }
}

function applyCell(shared: ISharedCell, cell: nbformat.ICell): void {
  const edits = smallestEdits(shared.getSource(), joined(cell.source));
  for (const { offset, length, text } of edits.reverse()) {
    shared.updateSource(offset, offset + length, text);
  }
  const { trusted, ...metadata } = cell.metadata;
  const before = shared.getMetadata();
  for (const key of Object.keys(before)) {
    if (key !== 'trusted' && !(key in metadata)) {
      shared.deleteMetadata(key);
    }
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (value !== undefined) {
      shared.setMetadata(key, value as PartialJSONValue);
    }
  }
  if (cell.cell_type === 'code') {
    const code = shared as ISharedCodeCell;
    const outputs = cell.outputs as nbformat.IOutput[];
    if (
      !JSONExt.deepEqual(comparable(code.getOutputs()), comparable(outputs))
    ) {
      // What comes from elsewhere is believed no more than its file is.
      code.setMetadata('trusted', trusted === true);
      code.setOutputs(outputs);
    }
    code.execution_count = cell.execution_count as nbformat.ExecutionCount;
  }
}

/** Texts in one piece, and without what says which outputs this page may run. */
function comparable(value: unknown): PartialJSONValue {
  if (Array.isArray(value)) {
    const isText =
      value.length > 0 && value.every(item => typeof item === 'string');
    return isText ? value.join('') : value.map(comparable);
  }
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, item]) => key !== 'trusted' && item !== undefined)
        .map(([key, item]) => [key, comparable(item)])
    );
  }
  return value as PartialJSONValue;
}

const joined = (source: nbformat.MultilineString): string =>
  typeof source === 'string' ? source : source.join('');
