import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISharedFile } from '@jupyter/ydoc';
import type { CodeCell } from '@jupyterlab/cells';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

import {
  editorOf,
  isMonaco,
  isNotebook,
  type LastEditor
} from '../codeblocks/editors';
import type { IAttachment } from '../codeblocks/chats';
import { excerpt, type IOutput } from './excerpts';

/** A cell with what it put out. */
export interface ICellAt {
  readonly panel: NotebookPanel;
  readonly path: string;
  readonly id: string;
  /** From 1. */
  readonly number: number;
  readonly source: string;
  readonly outputs: readonly IOutput[];
}

/** The cell that an element is in; without one the active cell of the notebook used last. */
export function cellAt(
  app: JupyterFrontEnd,
  editors: LastEditor,
  node?: Element | null
): ICellAt | null {
  const found = located(app, editors, node);
  return found && toCell(found.panel, found.index);
}

/** The cell of an open notebook by its id. */
export function cellOf(
  app: JupyterFrontEnd,
  path: string,
  id: string
): ICellAt | null {
  for (const widget of app.shell.widgets('main')) {
    const panel = widget as NotebookPanel;
    if (isNotebook(panel) && panel.context.localPath === path) {
      const index = panel.content.widgets.findIndex(
        ({ model }) => model.id === id
      );
      return index < 0 ? null : toCell(panel, index);
    }
  }
  return null;
}

/** The text of an open file; null where it is not open as one. */
export function textOf(app: JupyterFrontEnd, path: string): string | null {
  for (const widget of app.shell.widgets('main')) {
    const { context } = widget as Widget & {
      context?: IDocumentWidget['context'];
    };
    const shared = context?.model.sharedModel as Partial<ISharedFile>;
    if (context?.localPath === path && shared.getSource) {
      return shared.getSource();
    }
  }
  return null;
}

function located(
  app: JupyterFrontEnd,
  editors: LastEditor,
  node?: Element | null
): { panel: NotebookPanel; index: number } | null {
  const panel = node
    ? [...app.shell.widgets('main')].find(
        widget =>
          widget.node.contains(node) && isNotebook(widget as NotebookPanel)
      )
    : editors.notebook;
  if (!panel) {
    return null;
  }
  const notebook: Notebook = (panel as NotebookPanel).content;
  const index = node
    ? notebook.widgets.findIndex(cell => cell.node.contains(node))
    : notebook.activeCellIndex;
  return index < 0 ? null : { panel: panel as NotebookPanel, index };
}

/** Whether a child of a cell's output area shows an error. */
export function isErrorOutput(
  app: JupyterFrontEnd,
  editors: LastEditor,
  child: Element
): boolean {
  const index = [...(child.parentElement?.children ?? [])].indexOf(child);
  const found = located(app, editors, child);
  const cell = found?.panel.content.widgets[found.index];
  return (
    cell?.model.type === 'code' &&
    (cell as CodeCell).model.outputs.get(index)?.type === 'error'
  );
}

function toCell(panel: NotebookPanel, index: number): ICellAt | null {
  const cell = panel.content.widgets[index];
  if (!cell) {
    return null;
  }
  const { model } = cell;
  const outputs =
    model.type === 'code'
      ? ((cell as CodeCell).model.outputs.toJSON() as unknown as IOutput[])
      : [];
  return {
    panel,
    path: panel.context.localPath,
    id: model.id,
    number: index + 1,
    source: model.sharedModel.getSource(),
    outputs
  };
}

/** A cell's source as it is now. */
export function cellExcerpt({ path, source, number }: ICellAt): IAttachment {
  return excerpt({ path, text: source, kind: 'cell', cell: number });
}

/** What is selected in the editor used last; null where nothing is. */
export async function selection(
  editors: LastEditor
): Promise<IAttachment | null> {
  const { widget } = editors;
  if (!widget) {
    return null;
  }
  const path = widget.context.localPath;
  if (isMonaco(widget.content)) {
    const { editor, model } = await widget.content.ready;
    const range = editor.getSelection();
    const text = range ? model.getValueInRange(range) : '';
    return range && text.trim()
      ? excerpt({
          path,
          text,
          kind: 'selection',
          lines: [range.startLineNumber - 1, range.endLineNumber - 1]
        })
      : null;
  }
  const notebook = isNotebook(widget) ? (widget.content as Notebook) : null;
  const editor = notebook
    ? notebook.activeCell?.editor
    : editorOf(widget.content);
  if (!editor) {
    return null;
  }
  const { start, end } = editor.getSelection();
  const offsets = [editor.getOffsetAt(start), editor.getOffsetAt(end)];
  const [from, to] = offsets.sort((a, b) => a - b);
  const text = editor.model.sharedModel.getSource().slice(from, to);
  if (!text.trim()) {
    return null;
  }
  const lines: [number, number] = [
    Math.min(start.line, end.line),
    Math.max(start.line, end.line)
  ];
  return notebook
    ? excerpt({
        path,
        text,
        kind: 'selection',
        cell: notebook.activeCellIndex + 1,
        lines
      })
    : excerpt({ path, text, kind: 'selection', lines });
}
