import type { Contents } from '@jupyterlab/services';
import { Poll } from '@lumino/polling';
import type { IDisposable } from '@lumino/disposable';

import { isIn, parentOf } from './paths';
import type { TreeModel } from './model';

const EVERY_MS = 3000;

/** Keeps the tree true to the disk: asks for the stamps of the folders that are open. */
export class TreeWatch implements IDisposable {
  constructor(
    private readonly _model: TreeModel,
    private readonly _contents: Contents.IManager,
    /** Whether anybody sees the tree. */
    private readonly _isSeen: () => boolean
  ) {
    this._poll = new Poll({
      name: 'neoai:tree',
      factory: () => this.look(),
      frequency: { interval: EVERY_MS, backoff: true, max: 60_000 },
      standby: () => (_isSeen() ? 'when-hidden' : true)
    });
    window.addEventListener('focus', this._focused);
    _contents.fileChanged.connect(this._changed, this);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** List again what has changed since it was looked at. */
  async look(): Promise<void> {
    const { source, expanded } = this._model;
    if (!source || this._model.project?.missing) {
      return;
    }
    const folders = ['', ...expanded].filter(
      path => this._model.folder(path)?.stamp
    );
    const stamps = await source.stamps(folders);
    if (this._model.source === source) {
      await this._model.reload(
        folders.filter(path => {
          const known = this._model.folder(path)?.stamp;
          return known && path in stamps && known !== stamps[path];
        })
      );
    }
  }

  dispose(): void {
    if (!this.isDisposed) {
      window.removeEventListener('focus', this._focused);
      this._contents.fileChanged.disconnect(this._changed, this);
      this._poll.dispose();
    }
  }

  private readonly _focused = (): void => {
    if (this._isSeen()) {
      void this._poll.refresh();
    }
  };

  /** What JupyterLab's own parts do to files. */
  private _changed(_: unknown, change: Contents.IChangedArgs): void {
    const root = this._model.project?.path;
    if (root === undefined) {
      return;
    }
    const changed = [change.oldValue?.path, change.newValue?.path].flatMap(
      path => {
        if (path === undefined || !isIn(path, root) || path === root) {
          return [];
        }
        const inside = path.slice(root ? root.length + 1 : 0);
        // A save changes nothing here, but for a file that was not there before.
        const isKnown = change.type === 'save' && this._model.node(inside);
        return isKnown ? [] : [parentOf(inside)];
      }
    );
    void this._model.reload(changed);
  }

  private readonly _poll: Poll;
}
