import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type * as nbformat from '@jupyterlab/nbformat';
import type * as monaco from 'monaco-editor/editor';

import type { components } from '../api';
import {
  editorOf,
  isMonaco,
  isNotebook,
  type LastEditor
} from '../codeblocks/editors';

type View = components['schemas']['ChatContext'];

/** What of the view in front can go along. */
export type Kind = 'selection' | 'cell' | 'file' | 'kernel';

/** The view in front: paths are relative to the server's root. */
export interface IFront {
  readonly context: View;
  /** Of the cell. */
  readonly error: string;
  /** What there is of each kind, in a few words. */
  readonly names: ReadonlyMap<Kind, string>;
}

const MOST = 1_000_000;

/** Looks at what the user has in front, apart from the chat. */
export function lookedAt(editors: LastEditor): IFront {
  const widget = editors.widget;
  if (!widget) {
    return { context: {} as View, error: '', names: new Map() };
  }
  return isNotebook(widget)
    ? ofNotebook(widget as unknown as NotebookPanel)
    : ofFile(widget);
}

/** The view without some kinds. */
export function without(front: IFront, off: ReadonlySet<Kind>): IFront {
  const { selection, cell, open_file, diagnostics, kernel_id } = front.context;
  const context = {
    ...(!off.has('selection') && { selection }),
    ...(!off.has('cell') && { cell }),
    ...(!off.has('file') && { open_file, diagnostics }),
    ...(!off.has('kernel') && { kernel_id })
  } as View;
  return { ...front, context, error: off.has('cell') ? '' : front.error };
}

function ofNotebook(panel: NotebookPanel): IFront {
  const names = new Map<Kind, string>();
  const path = panel.context.localPath;
  const name = path.split('/').pop() ?? path;
  const notebook = panel.content as Notebook;
  const cell = notebook.activeCell;
  const language = panel.model?.defaultKernelLanguage ?? 'python';
  const context: Partial<View> = {};
  let error = '';
  if (cell) {
    const source = cell.model.sharedModel.getSource();
    if (source.trim() && source.length < MOST) {
      context.cell = { source, path, id: cell.model.id, language };
      error = errorOf(cell.model.toJSON() as nbformat.ICell);
      names.set('cell', `${name}:${notebook.activeCellIndex + 1}`);
    }
    const range = cell.editor?.getSelection();
    const text = cell.editor && range ? selected(cell.editor, range) : '';
    if (text.trim()) {
      context.selection = { text, path, language };
      names.set('selection', lines(text));
    }
  }
  const kernel = panel.sessionContext.session?.kernel;
  if (kernel) {
    context.kernel_id = kernel.id;
    names.set('kernel', kernel.name);
  }
  return { context: context as View, error, names };
}

interface IFile {
  readonly content: Parameters<typeof editorOf>[0];
  readonly context: {
    readonly localPath: string;
    readonly model: { toString(): string };
  };
}

function ofFile(widget: IFile): IFront {
  const names = new Map<Kind, string>();
  const path = widget.context.localPath;
  const text = widget.context.model.toString();
  const context: Partial<View> = {};
  const { content } = widget;
  let line = 1;
  let chosen = '';
  let first = 1;
  if (isMonaco(content)) {
    const view = content.view;
    line = content.cursor.line;
    const range = view?.editor.getSelection();
    if (view && range && !range.isEmpty()) {
      chosen = view.model.getValueInRange(range);
      first = range.startLineNumber;
    }
    context.diagnostics = view ? problemsOf(view.model, path) : [];
  } else {
    const editor = editorOf(content);
    const range = editor?.getSelection();
    if (editor && range) {
      chosen = selected(editor, range);
      line = editor.getCursorPosition().line + 1;
      first = Math.min(range.start.line, range.end.line) + 1;
    }
  }
  if (chosen.trim()) {
    context.selection = { text: chosen, path, start_line: first, language: '' };
    names.set('selection', lines(chosen));
  }
  if (text.trim() && text.length < MOST) {
    context.open_file = { path, line, text };
    names.set('file', path.split('/').pop() ?? path);
  }
  return { context: context as View, error: '', names };
}

interface ISelectable {
  getOffsetAt(position: { line: number; column: number }): number;
  readonly model: { readonly sharedModel: { getSource(): string } };
}

function selected(
  editor: ISelectable,
  range: {
    start: { line: number; column: number };
    end: { line: number; column: number };
  }
): string {
  const ends = [editor.getOffsetAt(range.start), editor.getOffsetAt(range.end)];
  const source = editor.model.sharedModel.getSource();
  return source.slice(Math.min(...ends), Math.max(...ends));
}

function lines(text: string): string {
  const count = text.trimEnd().split('\n').length;
  return count === 1 ? text.trim().slice(0, 20) : `${count} lines`;
}

function errorOf(cell: nbformat.ICell): string {
  const outputs = (cell.outputs ?? []) as nbformat.IOutput[];
  const failed = outputs.find(output => output.output_type === 'error');
  if (!failed) {
    return '';
  }
  const traceback = (failed.traceback as string[] | undefined) ?? [];
  const text = traceback.join('\n') || `${failed.ename}: ${failed.evalue}`;
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, '').slice(-100_000);
}

const SEVERITIES = { 8: 'error', 4: 'warning', 2: 'info', 1: 'hint' } as const;

function problemsOf(
  model: monaco.editor.ITextModel,
  path: string
): View['diagnostics'] {
  const marks = model
    .getAllDecorations()
    .filter(({ options }) =>
      /squiggly-(error|warning)/.test(options.className ?? '')
    );
  return marks.slice(0, 100).flatMap(({ range, options }) => {
    const said = [options.hoverMessage ?? []].flat().map(({ value }) => value);
    const message = said.join(' ').slice(0, 2000);
    const severity = /error/.test(options.className ?? '')
      ? SEVERITIES[8]
      : SEVERITIES[4];
    return message
      ? [{ path, line: range.startLineNumber, severity, message, source: '' }]
      : [];
  });
}
