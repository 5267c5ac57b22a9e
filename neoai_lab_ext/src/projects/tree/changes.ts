import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { APIError } from '../../api';
import { explain, isAbort } from '../errors';
import { Collisions } from './collisions';
import type { OpenDocuments } from './documents';
import type { TreeModel } from './model';
import { nameOf, otherName, parentOf, within } from './paths';
import type { TreeSource } from './source';
import { type IUndoable, UndoStack } from './undo';

type Inverse = () => Promise<void>;

/** Several changes that are undone as one. */
export class Group {
  constructor(
    private readonly _changes: Changes,
    readonly source: TreeSource,
    readonly collisions: Collisions
  ) {}

  readonly inverses: Inverse[] = [];
  /** The folders to list again. */
  readonly touched = new Set<string>();

  /** Move or rename; open documents follow. */
  async move(from: string, to: string): Promise<void> {
    await this._move(from, to);
    this.inverses.push(() => this._changes.moveBack(to, from));
  }

  async copy(from: string, to: string): Promise<void> {
    await this.source.copy(from, to);
    this.made(to);
  }

  /** Something was made: undone, it goes to the trash. */
  made(path: string): void {
    this.touched.add(parentOf(path));
    this.inverses.push(() =>
      this._changes.silently(group => group.discard(path))
    );
  }

  /** Move to the trash; false where the system cannot bring it back. */
  async discard(path: string): Promise<boolean> {
    const closed = await this._changes.documents.close(path);
    const id = await this.source.discard(path);
    this._changes.documents.deleted(path);
    this.touched.add(parentOf(path));
    if (id === null) {
      return false;
    }
    this.inverses.push(() => this._changes.restore(id, path, closed));
    return true;
  }

  /** Do `attempt` at a path; asks where it is taken. Returns where it was done, null if not. */
  async place(
    wanted: string,
    isFolder: boolean,
    attempt: (to: string) => Promise<void>
  ): Promise<string | null> {
    const [folder, name] = [parentOf(wanted), nameOf(wanted)];
    let to = wanted;
    let n = 0;
    let clash = await this.source.clash(folder, name).catch(() => null);
    for (;;) {
      if (clash === null) {
        try {
          await attempt(to);
          this.touched.add(folder);
          return to;
        } catch (error) {
          if (!(error instanceof APIError) || error.code !== 'exists') {
            throw error;
          }
        }
      }
      const choice =
        n > 0 ? 'both' : await this.collisions.ask(name, folder, clash);
      if (choice === 'skip') {
        return null;
      }
      if (choice === 'replace') {
        await this.discard(clash ? within(folder, clash) : to);
      } else {
        to = within(folder, otherName(name, ++n, isFolder));
      }
      clash = null;
    }
  }

  private async _move(from: string, to: string): Promise<void> {
    await this.source.move(from, to);
    this.touched.add(parentOf(from)).add(parentOf(to));
    await this._changes.follow(from, to);
  }
}

/** What is done to a project's entries, with a way back. */
export class Changes {
  constructor(
    private readonly _model: TreeModel,
    readonly documents: OpenDocuments,
    private readonly _trans: TranslationBundle
  ) {}

  readonly stack = new UndoStack();

  /**
   * Do several changes and tell of them: `done` says what for a notification with Undo, or
   * nothing. What went wrong on the way is told too; what was done before it can be undone.
   */
  async run(
    count: number,
    failure: string,
    work: (group: Group) => Promise<string>
  ): Promise<void> {
    const { source } = this._model;
    if (!source) {
      return;
    }
    const group = this._group(source, count > 1);
    let done = '';
    try {
      done = await work(group);
    } catch (error) {
      if (!isAbort(error)) {
        Notification.error(`${failure} ${explain(error, this._trans)}`, {
          autoClose: 15_000
        });
      }
    }
    const undoable = this._remember(done || failure, group);
    if (done) {
      this._tell(done, undoable);
    }
    if (this._model.source === source) {
      await this._model.reload(group.touched);
    }
  }

  /** Take back the last change. */
  async undo(undoable: IUndoable | null = this.stack.last): Promise<void> {
    try {
      await this.stack.undo(undoable);
    } catch (error) {
      const reason = explain(error, this._trans);
      Notification.error(this._trans.__('It cannot be undone. %1', reason), {
        autoClose: 15_000
      });
    }
  }

  /** Change something without telling, nor a way back. */
  async silently(work: (group: Group) => Promise<unknown>): Promise<void> {
    const { source } = this._model;
    if (source) {
      const group = this._group(source, false);
      await work(group);
      await this._model.reload(group.touched);
    }
  }

  /** The tree and the open documents follow an entry to its new path. */
  async follow(from: string, to: string): Promise<void> {
    this._model.moved(from, to);
    await this.documents.renamed(from, to);
  }

  async moveBack(from: string, to: string): Promise<void> {
    await this.silently(async group => {
      const isFolder = this._model.node(from)?.isFolder ?? false;
      const place = await group.place(to, isFolder, path =>
        group.move(from, path)
      );
      if (place) {
        this._model.selection.only(place);
      }
    });
  }

  async restore(id: string, path: string, closed: string[]): Promise<void> {
    await this.silently(async group => {
      let isElsewhere = false;
      const place = await group.place(path, false, async to => {
        isElsewhere = to !== path;
        await group.source.restore(id, isElsewhere ? to : undefined);
      });
      if (place) {
        this._model.selection.only(place);
        this.documents.reopen(isElsewhere ? [] : closed);
      }
    });
  }

  private _group(source: TreeSource, isMany: boolean): Group {
    return new Group(this, source, new Collisions(this._trans, isMany));
  }

  private _remember(label: string, { inverses }: Group): IUndoable | null {
    if (inverses.length === 0) {
      return null;
    }
    const undoable = {
      label,
      undo: async () => {
        for (const inverse of [...inverses].reverse()) {
          await inverse();
        }
      }
    };
    this.stack.push(undoable);
    return undoable;
  }

  private _tell(done: string, undoable: IUndoable | null): void {
    Notification.success(done, {
      autoClose: 8000,
      actions: undoable
        ? [
            {
              label: this._trans.__('Undo'),
              callback: () => void this.undo(undoable)
            }
          ]
        : []
    });
  }
}
