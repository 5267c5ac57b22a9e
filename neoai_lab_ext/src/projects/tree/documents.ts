import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents, ContentsManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Signal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import { isIn, within } from './paths';

/** The documents that are open, kept in step with what the tree does to their files. */
export class OpenDocuments {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _documents: IDocumentManager,
    private readonly _trans: TranslationBundle,
    /** The project's folder, relative to the server's root. */
    private readonly _root: () => string
  ) {}

  /** The path by which JupyterLab knows an entry. */
  served(path: string): string {
    const root = this._root();
    return path ? within(root, path) : root;
  }

  open(path: string, factory?: string): void {
    this._documents.openOrReveal(this.served(path), factory);
  }

  /** The widget of a file, for the dock to put where it was dropped. */
  widgetFor(path: string): Widget | undefined {
    const served = this.served(path);
    return this._documents.findWidget(served) ?? this._documents.open(served);
  }

  /** Those who hold the file, or files in the folder, hear of its new path. */
  async renamed(from: string, to: string): Promise<void> {
    const oldValue = { path: this.served(from) };
    const newValue = await this._contents.get(this.served(to), {
      content: false
    });
    this._tell({ type: 'rename', oldValue, newValue });
  }

  /** Ask what becomes of unsaved edits before files go; false to leave everything. */
  async mayDiscard(paths: readonly string[]): Promise<boolean> {
    const trans = this._trans;
    const unsaved = this._within(paths).filter(({ model }) => model.dirty);
    if (unsaved.length === 0) {
      return true;
    }
    const name = PathExt.basename(unsaved[0].path);
    const answer = await showDialog({
      title: trans.__('There are unsaved changes'),
      body:
        unsaved.length === 1
          ? trans.__(
              '“%1” is open, with changes that are not saved. If they are saved first, Undo brings them back too.',
              name
            )
          : trans.__(
              '%1 open files have changes that are not saved. If they are saved first, Undo brings them back too.',
              unsaved.length
            ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Delete Without Saving') }),
        Dialog.okButton({ label: trans.__('Save and Delete') })
      ]
    });
    if (answer.button.label === trans.__('Save and Delete')) {
      await Promise.all(unsaved.map(context => context.save()));
      return true;
    }
    return answer.button.label === trans.__('Delete Without Saving');
  }

  /** Close what is open of a file or folder that goes; returns what to open if it comes back. */
  async close(path: string): Promise<string[]> {
    const { sessions } = this._app.serviceManager;
    const contexts = this._within([path]);
    for (const context of contexts) {
      // Nothing is to ask for it again, nor to save it where it no longer is.
      context.model.dirty = false;
      await this._documents.closeFile(context.path);
      await sessions.stopIfNeeded(context.path).catch(() => undefined);
    }
    return contexts.map(context => context.path);
  }

  /** Those who show the entry hear that it is gone. */
  deleted(path: string): void {
    const oldValue = { path: this.served(path) };
    this._tell({ type: 'delete', oldValue, newValue: null });
  }

  reopen(paths: readonly string[]): void {
    paths.forEach(path => this._documents.openOrReveal(path));
  }

  /** The entry of the project that is in front; null for what lies elsewhere. */
  get active(): string | null {
    const widget = this._app.shell.currentWidget;
    const path = widget && this._documents.contextForWidget(widget)?.localPath;
    const root = this._root();
    return path && isIn(path, root)
      ? path.slice(root ? root.length + 1 : 0)
      : null;
  }

  private _within(paths: readonly string[]): DocumentRegistry.Context[] {
    const served = paths.map(path => this.served(path));
    const found = new Set<DocumentRegistry.Context>();
    for (const widget of this._app.shell.widgets('main')) {
      const context = this._documents.contextForWidget(widget);
      if (context && served.some(path => isIn(context.localPath, path))) {
        found.add(context);
      }
    }
    return [...found];
  }

  /** As Jupyter's own drive does after a change that went through it. */
  private _tell(change: Contents.IChangedArgs): void {
    const { defaultDrive } = this._contents as ContentsManager;
    (
      defaultDrive.fileChanged as Signal<Contents.IDrive, Contents.IChangedArgs>
    ).emit(change);
  }

  private get _contents(): Contents.IManager {
    return this._app.serviceManager.contents;
  }
}
