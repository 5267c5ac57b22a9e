import type { YFile } from '@jupyter/ydoc';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Notebook, NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

import type { MonacoEditor } from '../editor/widget';
import { indented } from './markdown';

/** A text file or a notebook that is open in an editor. */
type EditorWidget = IDocumentWidget<Widget>;

/** The editor that was used last, whatever kind it is; a chat in front is none. */
export class LastEditor {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _documents: IDocumentManager
  ) {
    _app.shell.currentChanged?.connect((_, { newValue }) => {
      if (newValue) {
        this._note(newValue);
      }
    });
  }

  /** The last file or notebook; where none was used yet, one that is in view. */
  get widget(): EditorWidget | null {
    return this._find(this._last, () => true);
  }

  get notebook(): NotebookPanel | null {
    return this._find(this._lastNotebook, isNotebook) as NotebookPanel | null;
  }

  /** The last text file. */
  get file(): EditorWidget | null {
    return this._find(this._lastFile, widget => !isNotebook(widget));
  }

  /** The tab in which a file is open. */
  open(path: string): EditorWidget | null {
    return (
      this._all().find(({ context }) => context.localPath === path) ?? null
    );
  }

  /** Put code at the cursor, in place of what is selected, as one step of undo. */
  async insert(widget: EditorWidget, code: string): Promise<void> {
    this._app.shell.activateById(widget.id);
    await widget.revealed;
    if (isMonaco(widget.content)) {
      await insertInMonaco(widget.content, code);
      return;
    }
    const editor = isNotebook(widget)
      ? (widget.content as Notebook).activeCell?.editor
      : editorOf(widget.content);
    if (editor) {
      insertInCodeMirror(editor, code);
    }
  }

  isReadOnly(widget: EditorWidget): boolean {
    const { model, contentsModel } = widget.context;
    const cell = isNotebook(widget)
      ? (widget.content as Notebook).activeCell
      : null;
    return (
      model.readOnly || contentsModel?.writable === false || !!cell?.readOnly
    );
  }

  private _note(widget: Widget): void {
    if (!this._isEditor(widget)) {
      return;
    }
    this._last = widget;
    if (isNotebook(widget)) {
      this._lastNotebook = widget;
    } else {
      this._lastFile = widget;
    }
  }

  private _find(
    last: EditorWidget | null,
    wanted: (widget: EditorWidget) => boolean
  ): EditorWidget | null {
    if (last && !last.isDisposed) {
      return last;
    }
    const found = this._all().filter(wanted);
    return found.find(widget => widget.isVisible) ?? found[0] ?? null;
  }

  private _all(): EditorWidget[] {
    return [...this._app.shell.widgets('main')].filter(widget =>
      this._isEditor(widget)
    );
  }

  private _isEditor(widget: Widget): widget is EditorWidget {
    if (!this._documents.contextForWidget(widget)) {
      return false;
    }
    const { content } = widget as EditorWidget;
    return (
      isMonaco(content) ||
      isNotebook(widget as EditorWidget) ||
      editorOf(content) !== null
    );
  }

  private _last: EditorWidget | null = null;
  private _lastFile: EditorWidget | null = null;
  private _lastNotebook: EditorWidget | null = null;
}

export function isNotebook(widget: IDocumentWidget<Widget>): boolean {
  return widget.content.hasClass('jp-Notebook');
}

export function isMonaco(content: Widget): content is MonacoEditor {
  return content.hasClass('neoai-Editor');
}

/** The editor of JupyterLab's own view of a text file. */
export function editorOf(content: Widget): CodeEditor.IEditor | null {
  const { editor } = content as { editor?: CodeEditor.IEditor };
  return typeof editor?.replaceSelection === 'function' ? editor : null;
}

async function insertInMonaco(
  content: MonacoEditor,
  code: string
): Promise<void> {
  const { editor, model } = await content.ready;
  const selection = editor.getSelection();
  if (!selection) {
    return;
  }
  const before = model
    .getLineContent(selection.startLineNumber)
    .slice(0, selection.startColumn - 1);
  const text = indented(code, before.trim() ? '' : before);
  const { undoManager: manager } = content.context.model.sharedModel as YFile;
  manager.stopCapturing();
  editor.pushUndoStop();
  editor.executeEdits('neoai', [
    { range: selection, text, forceMoveMarkers: true }
  ]);
  editor.pushUndoStop();
  manager.stopCapturing();
  editor.focus();
}

function insertInCodeMirror(editor: CodeEditor.IEditor, code: string): void {
  const { start, end } = editor.getSelection();
  const isForward =
    start.line < end.line ||
    (start.line === end.line && start.column <= end.column);
  const { line, column } = isForward ? start : end;
  const before = (editor.getLine(line) ?? '').slice(0, column);
  const { undoManager } = editor.model.sharedModel as {
    undoManager?: { stopCapturing(): void } | null;
  };
  undoManager?.stopCapturing();
  editor.replaceSelection?.(indented(code, before.trim() ? '' : before));
  undoManager?.stopCapturing();
  editor.focus();
}
