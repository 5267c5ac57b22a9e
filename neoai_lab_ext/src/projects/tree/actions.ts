import { Clipboard, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { APIError } from '../../api';
import { explain } from '../errors';
import type { Changes } from './changes';
import type { TreeModel } from './model';
import { isIn, nameOf, otherName, outermost, parentOf, within } from './paths';
import type { INode } from './tokens';
import { send, type Uploads } from './uploads';

const MANY = 12;

/** What a person can do in the tree. */
export class TreeActions {
  constructor(
    private readonly _model: TreeModel,
    readonly changes: Changes,
    readonly uploads: Uploads,
    private readonly _trans: TranslationBundle
  ) {}

  /** Open the files that are selected, as whatever they are opened as by themselves or with a factory. */
  open(factory?: string): void {
    for (const node of this._model.selected.slice(0, MANY)) {
      if (!node.isFolder && node.isUsable) {
        this.changes.documents.open(node.path, factory);
      }
    }
  }

  /** Begin to write the name of a new file or folder. */
  async begin(kind: 'file' | 'folder'): Promise<void> {
    const folder = this._model.target;
    this._model.query = '';
    if (folder) {
      await this._model.expand(folder);
    }
    this._model.edit(kind, folder);
  }

  beginRename(): void {
    const { cursor } = this._model.selection;
    if (cursor !== null && this._model.node(cursor)?.isUsable) {
      this._model.edit('rename', cursor);
    }
  }

  /** Take the name that was written. */
  async name(name: string): Promise<void> {
    const { editing, source } = this._model;
    if (!editing || !source) {
      return;
    }
    try {
      const reason = await this._refusal(name);
      if (reason) {
        this._model.refuse(reason);
      } else if (editing.kind === 'rename') {
        await this._rename(editing.path, name);
      } else {
        await this._make(editing.kind, within(editing.path, name));
      }
    } catch (error) {
      const isTaken = error instanceof APIError && error.code === 'exists';
      this._model.refuse(
        isTaken
          ? this._trans.__('“%1” is there already.', name)
          : explain(error, this._trans)
      );
    }
  }

  /** Move what is selected to the trash. */
  async remove(): Promise<void> {
    const trans = this._trans;
    const paths = outermost(this._model.selected.map(({ path }) => path));
    if (
      paths.length === 0 ||
      !(await this.changes.documents.mayDiscard(paths))
    ) {
      return;
    }
    const [first] = paths;
    const next = this._neighbour(paths);
    await this.changes.run(
      paths.length,
      trans.__('Not everything was deleted.'),
      async group => {
        for (const path of paths) {
          await group.discard(path);
        }
        return paths.length === 1
          ? trans.__('Deleted %1.', nameOf(first))
          : trans.__('Deleted %1 items.', paths.length);
      }
    );
    if (next !== null && this._model.indexOf(next) >= 0) {
      this._model.selection.only(next);
      this._model.touch();
    }
  }

  copy(): void {
    this._take('copy');
  }

  cut(): void {
    this._take('move');
  }

  get canPaste(): boolean {
    return this._taken !== null && this._taken.from === this._model.source;
  }

  async paste(): Promise<void> {
    const taken = this._taken;
    if (!taken || taken.from !== this._model.source) {
      return;
    }
    if (taken.how === 'move') {
      this._taken = null;
      this._model.cut.clear();
    }
    await this.transfer(taken.how, taken.nodes, this._model.target);
  }

  async duplicate(): Promise<void> {
    const [node] = this._model.selected;
    if (node) {
      await this.transfer('copy', this._model.selected, parentOf(node.path));
    }
  }

  /** Copy or move entries into a folder; asks where names are taken. */
  async transfer(
    how: 'copy' | 'move',
    nodes: readonly INode[],
    folder: string
  ): Promise<void> {
    const trans = this._trans;
    const chosen = outermost(nodes.map(({ path }) => path));
    const sources = nodes.filter(
      ({ path }) =>
        chosen.includes(path) && (how === 'copy' || parentOf(path) !== folder)
    );
    if (sources.some(({ path }) => isIn(folder, path) && folder !== '')) {
      await showErrorMessage(
        trans.__('That is not possible'),
        trans.__('A folder cannot go into itself.')
      );
      return;
    }
    if (sources.length === 0) {
      return;
    }
    const placed: string[] = [];
    await this.changes.run(
      sources.length,
      how === 'copy'
        ? trans.__('Not everything was copied.')
        : trans.__('Not everything was moved.'),
      async group => {
        for (const { path, isFolder } of sources) {
          const to = within(folder, nameOf(path));
          const attempt = (place: string) => group[how](path, place);
          const done =
            how === 'copy' && to === path
              ? await beside(to, isFolder, attempt)
              : await group.place(to, isFolder, attempt);
          if (done !== null) {
            placed.push(done);
          }
        }
        return this._told(how, placed, folder);
      }
    );
    if (placed.length) {
      if (folder) {
        await this._model.expand(folder);
      }
      this._model.selection.set(placed);
      this._model.touch();
    }
  }

  copyPath(): void {
    const paths = this._model.selected.map(({ path }) =>
      this.changes.documents.served(path)
    );
    Clipboard.copyToSystem(
      paths.join('\n') || this.changes.documents.served('')
    );
  }

  private _told(
    how: 'copy' | 'move',
    placed: readonly string[],
    folder: string
  ): string {
    const trans = this._trans;
    if (placed.length === 0) {
      return '';
    }
    const what =
      placed.length === 1
        ? nameOf(placed[0])
        : trans.__('%1 items', placed.length);
    const where = folder || (this._model.project?.name ?? '');
    return how === 'copy'
      ? trans.__('Copied %1 to %2.', what, where)
      : trans.__('Moved %1 to %2.', what, where);
  }

  /** Why a name cannot be taken; nothing where it can. */
  private async _refusal(name: string): Promise<string> {
    const trans = this._trans;
    const { editing, source } = this._model;
    const { kind, path } = editing!;
    if (name.split('/').some(part => part === '.' || part === '..')) {
      return trans.__('A name cannot be “.” or “..”.');
    }
    if (kind === 'rename' && name.includes('/')) {
      return trans.__('A name cannot contain a slash: drag it to move it.');
    }
    const folder = kind === 'rename' ? parentOf(path) : path;
    const target = within(folder, name);
    const clash = await source!
      .clash(parentOf(target), nameOf(target))
      .catch(() => null);
    if (clash !== null && within(parentOf(target), clash) !== path) {
      return trans.__(
        '“%1” is there: a name that differs from it in upper and lower case alone would be the same file on Windows and macOS.',
        clash
      );
    }
    return '';
  }

  private async _rename(path: string, name: string): Promise<void> {
    const to = within(parentOf(path), name);
    let problem: unknown = null;
    await this.changes.run(1, '', async group => {
      try {
        await group.move(path, to);
      } catch (error) {
        problem = error;
      }
      return '';
    });
    if (problem) {
      throw problem;
    }
    this._model.stopEditing();
  }

  private async _make(kind: 'file' | 'folder', path: string): Promise<void> {
    const { source } = this._model;
    if (kind === 'folder') {
      await source!.makeFolder(path);
    } else {
      await send(source!, path, new Blob([]));
    }
    this._model.stopEditing();
    await this.changes.run(1, '', async group => {
      group.made(path);
      return '';
    });
    if ((await this._model.reveal(path)) && kind === 'file') {
      this.changes.documents.open(path);
    }
  }

  private _take(how: 'copy' | 'move'): void {
    const nodes = this._model.selected.filter(({ isUsable }) => isUsable);
    if (nodes.length === 0) {
      return;
    }
    this._taken = { how, nodes, from: this._model.source };
    this._model.cut.clear();
    if (how === 'move') {
      nodes.forEach(({ path }) => this._model.cut.add(path));
    }
    this._model.touch();
  }

  /** What has the keyboard when these are gone. */
  private _neighbour(paths: readonly string[]): string | null {
    const rows = this._model.rows;
    const isGoing = (path: string) => paths.some(gone => isIn(path, gone));
    const at = Math.max(...paths.map(path => this._model.indexOf(path)));
    const candidates = [...rows.slice(at + 1), ...rows.slice(0, at).reverse()];
    for (const row of candidates) {
      if (row.type === 'node' && !isGoing(row.node.path)) {
        return row.node.path;
      }
    }
    return null;
  }

  private _taken: {
    how: 'copy' | 'move';
    nodes: INode[];
    from: unknown;
  } | null = null;
}

/** Copy beside the original, under the first name that is free. */
async function beside(
  path: string,
  isFolder: boolean,
  attempt: (to: string) => Promise<void>
): Promise<string> {
  for (let n = 1; ; n++) {
    const to = within(parentOf(path), otherName(nameOf(path), n, isFolder));
    try {
      await attempt(to);
      return to;
    } catch (error) {
      if ((error as { code?: string }).code !== 'exists') {
        throw error;
      }
    }
  }
}
