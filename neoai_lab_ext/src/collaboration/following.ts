import { Notification } from '@jupyterlab/apputils';
import type { ISharedDocument } from '@jupyter/ydoc';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { JSONExt } from '@lumino/coreutils';

import type { API, components } from '../api';
import { apply, type Content, isNotebook, isText, same } from './applying';

export type Choice = 'mine' | 'disk' | 'both';

/** The key of a shared document's state under which the places that collide are counted. */
export const CONFLICT = 'neoai_conflict';

/** How often a document is merged anew because somebody typed meanwhile. */
const ATTEMPTS = 20;

interface IOptions {
  api: API;
  contents: Contents.IManager;
  trans: TranslationBundle;
}

type Merged = components['schemas']['DocumentMerged'];

/**
 * JupyterLab's context keeps to itself how it notes what it has seen of the file; without these it
 * would take what was merged for a conflict, and ask which side to lose.
 */
interface IContextInside {
  _updateContentsModel?: (model: Contents.IModel) => void;
  _lineEnding?: string | null;
}

/** What people write: a kernel that starts notes its language in a notebook by itself. */
const body = (content: Content): Content =>
  typeof content === 'string' ? content : { ...content, metadata: {} };

/** What is on the disk. */
interface IDisk {
  model: Contents.IModel;
  content: Content;
  lineEnding: string | null;
}

/**
 * Keeps a document that no room holds in step with its file: what changes on the disk is merged with
 * the unsaved edits, before a save and as soon as it is seen. Where both have changed the same lines
 * nothing is overwritten, and nothing saved, until somebody chooses.
 */
export class FollowedFile {
  constructor(
    private readonly _context: DocumentRegistry.Context,
    private readonly _options: IOptions
  ) {
    const context = _context;
    const { save, revert } = {
      save: context.save.bind(context),
      revert: context.revert.bind(context)
    };
    context.save = () => this._save(save);
    context.revert = async () => {
      await revert();
      this._saved = this._base = this._content();
      this._clear();
    };
    context.saveState.connect((_, state) => {
      if (state === 'started' && this._isSaving) {
        this._saved = this._content();
      }
    });
    void context.ready.then(() => {
      this._base = this._content();
    });
  }

  /** Whether this is for a document of this kind. */
  static isFor(context: DocumentRegistry.Context): boolean {
    const { collaborative, sharedModel } = context.model;
    return !collaborative && (isText(sharedModel) || isNotebook(sharedModel));
  }

  /** Whether the disk has, by its time, something that was not seen here; never rejects. */
  async isStale(): Promise<boolean> {
    const known = this._context.contentsModel;
    if (this._base === null || this._isSaving || !known) {
      return false;
    }
    try {
      const model = await this._options.contents.get(this._context.path, {
        content: false
      });
      return model.last_modified !== this._context.contentsModel?.last_modified;
    } catch {
      return false; // Gone, or out of reach: a save will tell.
    }
  }

  /** Bring in what is on the disk, if it is anything new; never rejects. */
  async look(): Promise<void> {
    if (await this.isStale()) {
      try {
        await this._inTurn(() => this._reconcile());
      } catch (error) {
        console.warn(`${this._context.path} was not merged:`, error);
      }
    }
  }

  /** End a conflict, and save. */
  async resolve(choice: Choice): Promise<void> {
    await this._inTurn(() => this._reconcile(choice));
    await this._context.save();
  }

  private async _save(save: () => Promise<void>): Promise<void> {
    await this._context.ready;
    let collides = false;
    try {
      collides = !(await this._inTurn(() => this._reconcile()));
    } catch (error) {
      // JupyterLab's own question comes then, and a save is never held up.
      console.warn(`${this._context.path} was not merged:`, error);
    }
    if (collides) {
      const error = new Error(
        this._options.trans.__('Choose first whose lines stay.')
      );
      error.name = 'ModalCancelError'; // By this name JupyterLab knows that a save was called off.
      throw error;
    }
    this._isSaving = true;
    try {
      await save();
      this._base = this._saved ?? this._base;
      if (this._base !== null && !same(this._base, this._content())) {
        this._context.model.dirty = true; // Somebody typed while it was being saved.
      }
      this._clear();
    } finally {
      this._isSaving = false;
      this._saved = null;
    }
  }

  /** Merge what is new on the disk; false where that collides. Rejects where it cannot be merged. */
  private async _reconcile(choice?: Choice): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const base = this._base;
      const disk = base === null ? null : await this._newOnDisk();
      if (base === null || disk === null) {
        return true;
      }
      const mine = this._content();
      const isClean = same(mine, base) || same(mine, disk.content);
      const merged: Merged = isClean
        ? { content: disk.content as Merged['content'], conflicts: 0 }
        : same(base, disk.content)
          ? { content: mine as Merged['content'], conflicts: 0 }
          : await this._merge(base, mine, disk.content, choice);
      if (this._context.isDisposed) {
        return true;
      }
      if (!JSONExt.deepEqual(mine as never, this._content() as never)) {
        continue; // Somebody typed meanwhile.
      }
      if (merged.content === null || merged.content === undefined) {
        this._shared.setState(CONFLICT, merged.conflicts);
        this._context.model.dirty = true;
        return false;
      }
      this._accept(disk, merged.content as Content, isClean);
      if (
        !choice &&
        !same(body(base), body(mine)) &&
        !same(base, disk.content)
      ) {
        this._tell();
      }
      return true;
    }
    throw new Error('The document does not hold still.');
  }

  private _accept(disk: IDisk, content: Content, isClean: boolean): void {
    const context = this._context;
    const inside = context as unknown as IContextInside;
    if (!inside._updateContentsModel) {
      throw new Error('This JupyterLab is not known to us.');
    }
    if (!same(this._content(), content)) {
      apply(this._shared, content);
    }
    this._base = isClean ? this._content() : disk.content;
    this._clear();
    inside._lineEnding = disk.lineEnding;
    inside._updateContentsModel(disk.model);
    context.model.dirty = !isClean && !same(content, disk.content);
  }

  private _merge(
    base: Content,
    mine: Content,
    disk: Content,
    choice?: Choice
  ): Promise<Merged> {
    const { api, contents } = this._options;
    return api.post('/collaboration/merge', {
      body: {
        path: contents.localPath(this._context.path),
        base: base as never,
        mine: mine as never,
        disk: disk as never,
        ...(choice ? { choice } : {})
      }
    });
  }

  /** The file, where it is not what was seen of it last; null where it is, or is gone. */
  private async _newOnDisk(): Promise<IDisk | null> {
    const { contents } = this._options;
    const { path, contentsModel: known } = this._context;
    let model: Contents.IModel;
    try {
      model = await contents.get(path, { content: false, hash: true });
      if (known?.hash && model.hash === known.hash) {
        return null;
      }
      model = await contents.get(path, {
        content: true,
        hash: true,
        type: isNotebook(this._shared) ? 'notebook' : 'file',
        format: isNotebook(this._shared) ? 'json' : 'text'
      });
    } catch (error) {
      const { response } = error as { response?: Response };
      if (response?.status === 404) {
        return null; // A save writes it again.
      }
      throw error;
    }
    if (isNotebook(this._shared)) {
      return { model, content: model.content as Content, lineEnding: null };
    }
    const text = String(model.content ?? '');
    const lineEnding = /\r\n?/.exec(text)?.[0] ?? null;
    return { model, content: text.replace(/\r\n?/g, '\n'), lineEnding };
  }

  private _tell(): void {
    const { path } = this._context;
    const name = path.split('/').pop() ?? path;
    Notification.info(
      this._options.trans.__(
        '“%1” has changed on disk. The changes are merged with yours; Undo takes them back.',
        name
      ),
      { autoClose: 6000 }
    );
  }

  private _clear(): void {
    if (this._shared.getState(CONFLICT)) {
      this._shared.setState(CONFLICT, 0);
    }
  }

  /** One after the other: two merges at once would each undo the other. */
  private _inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this._turn.then(work);
    this._turn = result.catch(() => undefined);
    return result;
  }

  private _content(): Content {
    return isNotebook(this._shared)
      ? (this._shared.toJSON() as Content)
      : (this._shared as unknown as { getSource(): string }).getSource();
  }

  private get _shared(): ISharedDocument {
    return this._context.model.sharedModel as ISharedDocument;
  }

  /** On which document and file last agreed; null before it is loaded. */
  private _base: Content | null = null;
  private _isSaving = false;
  /** What a save that is under way writes. */
  private _saved: Content | null = null;
  private _turn: Promise<unknown> = Promise.resolve();
}
