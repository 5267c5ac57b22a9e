import { VDomModel } from '@jupyterlab/ui-components';

import type { Project } from '../tokens';
import { ancestorsOf, isIn, parentOf } from './paths';
import { Selection } from './selection';
import { type IFolder, folderRows, foundRows, type Row } from './rows';
import type { TreeSource } from './source';
import type { INode } from './tokens';

const FOUND = 500;
const PAUSE_MS = 120;

/** A name that is being written: of an entry, or of one that is to be made in a folder. */
export interface IEditing {
  readonly kind: 'rename' | 'file' | 'folder';
  /** The entry, or the folder that gets a new one. */
  readonly path: string;
  error: string;
}

/** What the tree shows of a project: which folders are open, what is selected, what was searched. */
export class TreeModel extends VDomModel {
  readonly selection = new Selection(() => this.rows);

  get project(): Project | null {
    return this._project;
  }

  get source(): TreeSource | null {
    return this._source;
  }

  /** Every row, of which those in sight are drawn. */
  get rows(): readonly Row[] {
    if (!this._rows) {
      this._rows = this._found
        ? foundRows(this._found.nodes, this._folded)
        : folderRows(this._folders, this.expanded, this._editing);
    }
    return this._rows;
  }

  /** Which row an entry is; -1 where it is in none. */
  indexOf(path: string | null): number {
    if (!this._indices) {
      this._indices = new Map();
      this.rows.forEach((row, index) => {
        if (row.type === 'node') {
          this._indices!.set(row.node.path, index);
        }
      });
    }
    return path === null ? -1 : (this._indices.get(path) ?? -1);
  }

  /** The folders that are open. */
  readonly expanded = new Set<string>();

  get editing(): IEditing | null {
    return this._editing;
  }

  get query(): string {
    return this._query;
  }

  /** Whether a search is on its way, and whether it found more than is shown. */
  get search(): { isBusy: boolean; isCut: boolean; error: unknown } {
    return {
      isBusy: this._searching !== null,
      isCut: this._found?.isCut ?? false,
      error: this._searchError
    };
  }

  /** The entries that were cut, until they are pasted. */
  readonly cut = new Set<string>();

  /** Show another project, with these of its folders open. */
  show(
    project: Project | null,
    source: TreeSource | null,
    expanded: readonly string[]
  ): void {
    this._abort.abort();
    this._abort = new AbortController();
    this._project = project;
    this._source = source;
    this._folders.clear();
    this.expanded.clear();
    this.cut.clear();
    this.selection.clear();
    this._editing = null;
    this._query = '';
    this._endSearch();
    if (project) {
      expanded.forEach(path => this.expanded.add(path));
      ['', ...expanded].forEach(path => void this.load(path));
    }
    this.emit();
  }

  /** The same project, as it is now. */
  update(project: Project): void {
    this._project = project;
    this.emit();
  }

  /** What is known of an entry. */
  node(path: string): INode | null {
    const listed = this._folders
      .get(parentOf(path))
      ?.children.find(child => child.path === path);
    return (
      listed ?? this._found?.nodes.find(node => node.path === path) ?? null
    );
  }

  /** A folder as far as it was listed. */
  folder(path: string): IFolder | undefined {
    return this._folders.get(path);
  }

  /** The selected entries, in the tree's order. */
  get selected(): INode[] {
    return this.rows.flatMap(row =>
      row.type === 'node' && this.selection.has(row.node.path) ? [row.node] : []
    );
  }

  /** The folder that something new goes to: the one that has the cursor, or is around it. */
  get target(): string {
    const { cursor } = this.selection;
    if (cursor === null) {
      return '';
    }
    return this.node(cursor)?.isFolder ? cursor : parentOf(cursor);
  }

  isExpanded(path: string): boolean {
    return this._found ? !this._folded.has(path) : this.expanded.has(path);
  }

  async expand(path: string): Promise<void> {
    if (this._found) {
      this._folded.delete(path);
      this.emit();
      return;
    }
    this.expanded.add(path);
    this.emit();
    const folder = this._folders.get(path);
    if (!folder || folder.error) {
      await this.load(path);
    }
  }

  collapse(path: string): void {
    (this._found ? this._folded : this.expanded)[
      this._found ? 'add' : 'delete'
    ](path);
    const { cursor } = this.selection;
    if (cursor !== null && cursor !== path && isIn(cursor, path)) {
      this.selection.only(path);
    }
    this.emit();
  }

  collapseAll(): void {
    this.expanded.clear();
    this.selection.clear();
    this.emit();
  }

  /** Ask the server for a folder's entries; never rejects, the folder holds the error. */
  async load(path: string): Promise<void> {
    const source = this._source;
    if (!source) {
      return;
    }
    const { signal } = this._abort;
    const turn = (this._turns.get(path) ?? 0) + 1;
    this._turns.set(path, turn);
    const isCurrent = () =>
      !signal.aborted && this._turns.get(path) === turn && !this.isDisposed;
    const set = (folder: IFolder) => {
      if (isCurrent()) {
        this._folders.set(path, folder);
        this.emit();
      }
    };
    const before = this._folders.get(path);
    if (!before) {
      set({ children: [], isLoading: true, error: null, stamp: null });
    }
    try {
      const first = (children: INode[]) =>
        before === undefined &&
        set({ children, isLoading: true, error: null, stamp: null });
      const { nodes, stamp } = await source.list(path, first, signal);
      set({ children: nodes, isLoading: false, error: null, stamp });
      this._forget(path, nodes);
    } catch (error) {
      if (isCurrent() && this._isGone(path, error)) {
        this.expanded.delete(path);
        this._folders.delete(path);
        this.emit();
      } else {
        const children = before?.children ?? [];
        set({ children, isLoading: false, error, stamp: null });
      }
    }
  }

  /** List those of these folders again that have been listed before. */
  async reload(paths: Iterable<string>): Promise<void> {
    const known = [...new Set(paths)].filter(path => this._folders.has(path));
    await Promise.all(known.map(path => this.load(path)));
    if (this._found) {
      await this._search();
    }
  }

  /** Open the folders around an entry and select it; whether it is there. */
  async reveal(path: string): Promise<boolean> {
    this.query = '';
    for (const folder of ancestorsOf(path)) {
      await this.expand(folder);
    }
    if (!this.node(path)) {
      await this.load(parentOf(path));
    }
    if (!this.node(path)) {
      return false;
    }
    this.selection.only(path);
    this.emit();
    return true;
  }

  /** Follow an entry to its new path: its folders stay open, what was selected stays so. */
  moved(from: string, to: string): void {
    const follow = (path: string) =>
      isIn(path, from) ? to + path.slice(from.length) : path;
    const expanded = [...this.expanded].map(follow);
    this.expanded.clear();
    expanded.forEach(path => this.expanded.add(path));
    for (const path of [...this._folders.keys()]) {
      if (isIn(path, from)) {
        this._folders.delete(path);
      }
    }
    expanded
      .filter(path => isIn(path, to))
      .forEach(path => void this.load(path));
    this.selection.follow(follow);
    this.emit();
  }

  edit(kind: IEditing['kind'], path: string): void {
    this._editing = { kind, path, error: '' };
    this.emit();
  }

  /** Say why the name that was written is not taken. */
  refuse(error: string): void {
    if (this._editing) {
      this._editing.error = error;
      this.emit();
    }
  }

  stopEditing(): void {
    this._editing = null;
    this.emit();
  }

  set query(query: string) {
    if (query === this._query) {
      return;
    }
    this._query = query;
    clearTimeout(this._timer);
    if (!query.trim()) {
      this._endSearch();
      this.emit();
      return;
    }
    this._timer = setTimeout(() => void this._search(), PAUSE_MS);
    this.emit();
  }

  /** The selection changed, and no row with it. */
  touch(): void {
    this.stateChanged.emit();
  }

  /** Something changed: draw it. */
  emit(): void {
    this._rows = null;
    this._indices = null;
    this.stateChanged.emit();
  }

  override dispose(): void {
    this._abort.abort();
    this._endSearch();
    super.dispose();
  }

  private async _search(): Promise<void> {
    const { _query: query, _source: source } = this;
    if (!query.trim() || !source) {
      return;
    }
    this._searching?.abort();
    const searching = new AbortController();
    this._searching = searching;
    this.emit();
    try {
      const found = await source.search(query.trim(), FOUND, searching.signal);
      if (this._searching === searching) {
        this._found = found;
        this._folded.clear();
        this._searchError = null;
        this.selection.keep(new Set(found.nodes.map(node => node.path)));
      }
    } catch (error) {
      if (this._searching === searching) {
        this._searchError = error;
      }
    }
    if (this._searching === searching) {
      this._searching = null;
      this.emit();
    }
  }

  private _endSearch(): void {
    clearTimeout(this._timer);
    this._searching?.abort();
    this._searching = null;
    this._searchError = null;
    this._found = null;
    this._folded.clear();
  }

  /** A folder below the project's own that was deleted is no error: it goes. */
  private _isGone(path: string, error: unknown): boolean {
    const status = (error as { status?: number }).status;
    return path !== '' && (status === 404 || status === 409);
  }

  /** What was in folders that are not there any more is forgotten. */
  private _forget(path: string, children: readonly INode[]): void {
    const names = new Set(children.map(child => child.name));
    const isGone = (other: string) => {
      if (other === path || !isIn(other, path)) {
        return false;
      }
      const rest = path ? other.slice(path.length + 1) : other;
      return !names.has(rest.split('/')[0]);
    };
    [...this._folders.keys()]
      .filter(isGone)
      .forEach(other => this._folders.delete(other));
    [...this.expanded]
      .filter(isGone)
      .forEach(other => this.expanded.delete(other));
    this.selection.drop(isGone);
  }

  private _project: Project | null = null;
  private _source: TreeSource | null = null;
  private _rows: readonly Row[] | null = null;
  private _indices: Map<string, number> | null = null;
  private _editing: IEditing | null = null;
  private _query = '';
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _searching: AbortController | null = null;
  private _searchError: unknown = null;
  private _found: { nodes: INode[]; isCut: boolean } | null = null;
  private _abort = new AbortController();
  private readonly _folders = new Map<string, IFolder>();
  private readonly _turns = new Map<string, number>();
  private readonly _folded = new Set<string>();
}
