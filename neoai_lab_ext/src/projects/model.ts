import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';
import { Clones } from './clones';
import { isGone } from './errors';
import { deepest, normalized } from './folders';
import type { INewProject, IProgress, IProjects, Project } from './tokens';

const PAGE = 200;

/** The projects as this page knows them. Each change goes to the server first. */
export class ProjectsModel implements IProjects, IDisposable {
  constructor(private readonly _api: API) {
    this._clones = new Clones(_api);
    this._clones.progressed.connect(() => this._changed.emit());
    this._clones.ended.connect((_, id) => void this._settle(id));
  }

  get items(): readonly Project[] {
    return this._items;
  }

  /** `loading` until the first answer; `failed` where the last one was an error. */
  get state(): 'loading' | 'ready' | 'failed' {
    return this._state;
  }

  /** Why the list could not be had. */
  get error(): unknown {
    return this._error;
  }

  get current(): Project | null {
    return this._current;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get currentChanged(): ISignal<this, Project | null> {
    return this._currentChanged;
  }

  get opened(): ISignal<this, Project> {
    return this._opened;
  }

  /** Say that somebody opened a project. */
  noteOpened(project: Project): void {
    this._opened.emit(project);
  }

  /** A clone that this page was following ended, well or not. */
  get cloneEnded(): ISignal<this, Project> {
    return this._cloneEnded;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(id: string): Project | null {
    return this._items.find(project => project.id === id) ?? null;
  }

  find(path: string): Project | null {
    return deepest(this._items, normalized(path));
  }

  /** How far a clone is; null where none is known to run. */
  progressOf(id: string): IProgress | null {
    return this._clones.progressOf(id);
  }

  /** Say which folder is shown; the project around it becomes the current one. */
  follow(path: string): void {
    this._path = normalized(path);
    this._findCurrent();
  }

  async refresh(): Promise<void> {
    let latest: Promise<void>;
    this._refreshing = this._refresh();
    do {
      // One that began later overtakes this one: the list comes with it.
      latest = this._refreshing;
      await latest;
    } while (latest !== this._refreshing);
  }

  /** Make a folder and register it, or register one that is there. */
  async create(wanted: INewProject & { create?: boolean }): Promise<Project> {
    return this._add(await this._api.post('/projects', { body: wanted }));
  }

  /** Start to make a project from a template; resolves once it has begun. */
  async begin(body: components['schemas']['ProjectCreate']): Promise<Project> {
    const headers = { Prefer: 'respond-async' };
    return this._add(await this._api.post('/projects', { body, headers }));
  }

  /** A project as the server has it now. */
  async known(id: string): Promise<Project> {
    const path = { project_id: id };
    return this._add(await this._api.get('/projects/{project_id}', { path }));
  }

  /** Start to clone `address`; resolves once it has begun. */
  async clone(
    address: string,
    wanted: INewProject = {},
    signal?: AbortSignal
  ): Promise<Project> {
    const project = await this._api.post('/projects', {
      body: { ...wanted, git_url: address },
      headers: { Prefer: 'respond-async' },
      signal
    });
    // A failed clone that was in this place has made room for it.
    this._items = this._items.filter(({ path, state }) => {
      return !(state === 'failed' && path === project.path);
    });
    return this._add(project);
  }

  /** End a running clone; what it had fetched is taken away and the project forgotten. */
  async cancelClone(id: string): Promise<void> {
    try {
      await this._api.post('/projects/{project_id}/cancel', {
        path: { project_id: id }
      });
      this._remove(id);
    } catch (error) {
      await this._settle(id);
      throw error;
    }
  }

  async rename(id: string, name: string): Promise<Project> {
    return this._update(id, { name });
  }

  async setTrusted(id: string, trusted: boolean): Promise<Project> {
    return this._update(id, { trusted });
  }

  /** Forget a project; with `files` its folder goes to the trash. */
  async remove(id: string, { files }: { files: boolean }): Promise<void> {
    const path = { project_id: id };
    try {
      await this._api.delete('/projects/{project_id}', {
        path,
        query: { files }
      });
    } catch (error) {
      if (!isGone(error)) {
        throw error;
      }
    }
    this._remove(id);
  }

  /** Bring back a project that was forgotten, as it was but for its id. */
  async restore({ name, path, settings, trusted }: Project): Promise<Project> {
    const body = { name, path: path || '.', settings };
    const project = this._add(await this._api.post('/projects', { body }));
    return trusted ? this.setTrusted(project.id, true) : project;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._clones.dispose();
      Signal.clearData(this);
    }
  }

  private async _refresh(): Promise<void> {
    const turn = ++this._turn;
    try {
      let changes: number;
      let items: Project[];
      do {
        changes = this._changes;
        items = await this._load();
        // What changed meanwhile may or may not be in the list: ask again.
      } while (changes !== this._changes && turn === this._turn);
      if (turn !== this._turn || this._isDisposed) {
        return;
      }
      this._state = 'ready';
      this._error = null;
      this._set(items);
    } catch (error) {
      if (turn === this._turn && !this._isDisposed) {
        this._state = 'failed';
        this._error = error;
        this._changed.emit();
      }
    }
  }

  private async _load(): Promise<Project[]> {
    const items: Project[] = [];
    let cursor: string | undefined;
    do {
      const page = await this._api.get('/projects', {
        query: { limit: PAGE, cursor }
      });
      items.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return items;
  }

  private async _update(
    id: string,
    body: { name?: string; trusted?: boolean }
  ): Promise<Project> {
    try {
      return this._add(
        await this._api.patch('/projects/{project_id}', {
          path: { project_id: id },
          body
        })
      );
    } catch (error) {
      if (isGone(error)) {
        void this.refresh();
      }
      throw error;
    }
  }

  /** Ask what became of a clone. */
  private async _settle(id: string): Promise<void> {
    const before = this.get(id);
    try {
      const path = { project_id: id };
      const project = await this._api.get('/projects/{project_id}', { path });
      if (!this._isDisposed && before) {
        this._add(project);
        if (project.state !== 'cloning') {
          this._cloneEnded.emit(project);
        }
      }
    } catch (error) {
      if (isGone(error)) {
        this._remove(id);
      } else {
        await this.refresh();
      }
    }
  }

  private _add(project: Project): Project {
    this._changes += 1;
    this._set([project, ...this._items.filter(({ id }) => id !== project.id)]);
    return project;
  }

  private _remove(id: string): void {
    this._changes += 1;
    this._set(this._items.filter(project => project.id !== id));
  }

  private _set(items: Project[]): void {
    this._items = items;
    this._clones.follow(
      items.filter(({ state }) => state === 'cloning').map(({ id }) => id)
    );
    this._findCurrent();
    this._changed.emit();
  }

  private _findCurrent(): void {
    const current =
      this._path === null ? null : deepest(this._items, this._path);
    if (current !== this._current) {
      this._current = current;
      this._currentChanged.emit(current);
    }
  }

  private readonly _clones: Clones;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _currentChanged = new Signal<this, Project | null>(this);
  private readonly _opened = new Signal<this, Project>(this);
  private readonly _cloneEnded = new Signal<this, Project>(this);
  private _items: Project[] = [];
  private _current: Project | null = null;
  private _path: string | null = null;
  private _state: 'loading' | 'ready' | 'failed' = 'loading';
  private _error: unknown = null;
  private _refreshing = Promise.resolve();
  private _turn = 0;
  private _changes = 0;
  private _isDisposed = false;
}
