import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Notebook } from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';

import type { EditorView } from '../editor/view';
import type { MonacoEditor } from '../editor/widget';
import { CodeMirrorPlace, type IBoxPlace, MonacoPlace } from './places';
import type { ISpan } from './splicing';

/** A text of which something is to be changed. */
export interface ITarget {
  readonly path: string;
  readonly cell?: string;
  /** The text as it is now. */
  read(): Promise<string>;
  /** The lines; null is all of it. */
  readonly span: ISpan | null;
  readonly language: string;
}

/** What one is in: the texts to be changed, where the box goes, and what goes along. */
export interface IAim {
  readonly targets: ITarget[];
  readonly place: IBoxPlace;
  /** Nothing is selected: something new is written. */
  readonly isNew: boolean;
  /** The file in front, for what the model should know of it besides. */
  readonly around: { path: string; text: string; line: number } | null;
  /** Monaco, where it is that. */
  readonly view: EditorView | null;
}

/** What is selected in a tab, or where its cursor is; null where nothing can be written there. */
export async function aimOf(widget: IDocumentWidget): Promise<IAim | null> {
  const { content, context } = widget;
  if (context.model.readOnly || context.contentsModel?.writable === false) {
    return null;
  }
  const path = context.localPath;
  if (content.hasClass('neoai-Editor')) {
    return inMonaco(path, await (content as MonacoEditor).ready);
  }
  const notebook = content as Notebook;
  if (notebook.widgets && notebook.activeCell) {
    return inNotebook(path, notebook);
  }
  const editor = (content as { editor?: CodeMirrorEditor }).editor;
  return editor?.injectExtension ? inCodeMirror(path, editor) : null;
}

function inMonaco(path: string, view: EditorView): IAim {
  const { editor, model } = view;
  const selection = editor.getSelection();
  const range = selection && {
    from: selection.startLineNumber,
    to: selection.endLineNumber,
    toColumn: selection.endColumn - 1,
    isEmpty: selection.isEmpty()
  };
  const found = spanOf(range, line => model.getLineContent(line));
  return {
    targets: [
      {
        path,
        read: async () => model.getValue(),
        span: found.span,
        language: model.getLanguageId()
      }
    ],
    place: new MonacoPlace(editor, found.span.start - 1),
    isNew: found.isNew,
    around: null,
    view
  };
}

function inCodeMirror(path: string, editor: CodeMirrorEditor): IAim {
  const found = spanOf(
    selected(editor),
    line => editor.getLine(line - 1) ?? ''
  );
  return {
    targets: [
      {
        path,
        read: async () => editor.model.sharedModel.getSource(),
        span: found.span,
        language: ''
      }
    ],
    place: new CodeMirrorPlace(editor, found.span.start - 1),
    isNew: found.isNew,
    around: null,
    view: null
  };
}

function inNotebook(path: string, notebook: Notebook): IAim | null {
  const active = notebook.activeCell;
  const cells = notebook.widgets.filter(
    cell => notebook.isSelectedOrActive(cell) && !cell.readOnly
  );
  const editor = active?.editor as CodeMirrorEditor | null | undefined;
  if (!active || !editor || cells.length === 0) {
    return null;
  }
  const range = cells.length === 1 ? selected(editor) : null;
  const span =
    range && !range.isEmpty && notebook.mode === 'edit'
      ? spanOf(range, line => editor.getLine(line - 1) ?? '').span
      : null;
  const language = notebook.model?.defaultKernelLanguage ?? '';
  const targets = cells.map(cell => ({
    path,
    cell: cell.model.id,
    read: async () => cell.model.sharedModel.getSource(),
    span: cells.length === 1 ? span : null,
    language: cell.model.type === 'code' ? language : 'markdown'
  }));
  return {
    targets,
    place: new CodeMirrorPlace(editor, (span?.start ?? 1) - 1),
    isNew: cells.every(cell => !cell.model.sharedModel.getSource().trim()),
    around: others(path, notebook, active),
    view: null
  };
}

/** The notebook's sources as the server writes them for models. */
function others(path: string, notebook: Notebook, active: Cell) {
  let line = 1;
  const parts: string[] = [];
  notebook.widgets.forEach((cell, index) => {
    if (cell === active) {
      line = parts.join('\n\n').split('\n').length;
    }
    const source = cell.model.sharedModel.getSource();
    parts.push(`# %% ${cell.model.type} ${index + 1}\n${source}`);
  });
  return { path, text: parts.join('\n\n'), line };
}

interface ISelected {
  from: number;
  to: number;
  toColumn: number;
  isEmpty: boolean;
}

function selected(editor: CodeEditor.IEditor): ISelected {
  const { start, end } = editor.getSelection();
  return {
    from: start.line + 1,
    to: end.line + 1,
    toColumn: end.column,
    isEmpty: start.line === end.line && start.column === end.column
  };
}

/** The whole lines of a selection; of a cursor its empty line, else the place below its line. */
export function spanOf(
  range: ISelected | null,
  lineAt: (line: number) => string
): { span: ISpan; isNew: boolean } {
  const { from, to, toColumn, isEmpty } = range ?? {
    from: 1,
    to: 1,
    toColumn: 0,
    isEmpty: true
  };
  if (isEmpty) {
    const isBlank = lineAt(from).trim() === '';
    const span = isBlank
      ? { start: from, end: from }
      : { start: from + 1, end: from };
    return { span, isNew: true };
  }
  const end = toColumn === 0 && to > from ? to - 1 : to;
  return { span: { start: from, end }, isNew: false };
}

/** A whole file, as it is open or as it is saved. */
export function fileTarget(
  path: string,
  openText: () => string | undefined,
  contents: Contents.IManager
): ITarget {
  return {
    path,
    span: null,
    language: '',
    read: async () => {
      const open = openText();
      if (open !== undefined) {
        return open;
      }
      const file = await contents.get(path, {
        type: 'file',
        format: 'text',
        content: true
      });
      return String(file.content);
    }
  };
}
