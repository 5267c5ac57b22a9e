import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import { NotebookOpener } from '../editor/notebooks';
import type { Project } from '../projects';
import type { Kind } from './everywhere';
import type { IMatch } from './search';

/** The files that are open, as far as a search across the project concerns them. */
export class OpenFiles {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _documents: IDocumentManager,
    private readonly _opener: INeoAIEditorOpener,
    private readonly _trans: TranslationBundle
  ) {
    this._notebooks = new NotebookOpener(_app, _documents, _opener);
  }

  /**
   * Open a file with the match selected; what is no text opens in its own way. False where it is
   * no longer there.
   */
  async show(path: string, match: IMatch | null, kind: Kind): Promise<boolean> {
    try {
      if (match && this._notebooks.opens(path) && kind !== 'text') {
        await this._notebooks.open(path, match.line);
      } else if (match && !path.endsWith('.ipynb')) {
        const editor = await this._opener.open(path, match.line);
        if (kind === 'text') {
          place(editor, match.line, match.start + 1, match.end - match.start);
        } else {
          place(editor, match.line, 1);
        }
      } else {
        await this._documents.openOrReveal(path)?.revealed;
      }
    } catch (error) {
      const { response } = error as { response?: Response };
      if (response?.status === 404) {
        Notification.warning(
          this._trans.__('“%1” is no longer there.', PathExt.basename(path)),
          { autoClose: 6000 }
        );
        return false;
      }
      await showErrorMessage(
        this._trans.__('Cannot open %1', PathExt.basename(path)),
        error as Error
      );
    }
    return true;
  }

  /** Save those that have unsaved edits: nothing is written over that is not on the disk. */
  async save(paths: string[]): Promise<void> {
    const contexts = this._contexts(paths).filter(({ model }) => model.dirty);
    await Promise.all(contexts.map(context => context.save()));
  }

  /** Show what is on the disk now, where nothing does so by itself. */
  async reload(paths: string[]): Promise<void> {
    const contexts = this._contexts(paths).filter(
      ({ model }) => !model.collaborative && !model.dirty
    );
    await Promise.all(contexts.map(context => context.revert()));
  }

  /** What is selected in the editor in front, if it is within a line. */
  selectedText(): string {
    const editor = this._opener.tracker.currentWidget;
    const view =
      editor === this._app.shell.currentWidget && editor?.content.view;
    const selection = view ? view.editor.getSelection() : null;
    const text = view && selection ? view.model.getValueInRange(selection) : '';
    return text.length > 200 || /[\r\n]/.test(text) ? '' : text;
  }

  private _contexts(paths: string[]) {
    const wanted = new Set(paths);
    const found = [...this._app.shell.widgets('main')].flatMap(widget => {
      const context = this._documents.contextForWidget(widget);
      return context && wanted.has(context.path) ? [context] : [];
    });
    return [...new Set(found)];
  }

  private readonly _notebooks: NotebookOpener;
}

/** A file of a project, from the server's root. */
export function join(project: Project, path: string): string {
  return project.path ? `${project.path}/${path}` : path;
}

/** Put the cursor somewhere and show it. */
export function place(
  editor: NeoAIEditorWidget | null,
  line: number,
  column: number,
  width = 0
): void {
  const view = editor?.content.view;
  if (!view) {
    return;
  }
  view.reveal({ start: line, end: line });
  view.editor.setSelection({
    startLineNumber: line,
    startColumn: column,
    endLineNumber: line,
    endColumn: column + width
  });
  view.editor.focus();
}
