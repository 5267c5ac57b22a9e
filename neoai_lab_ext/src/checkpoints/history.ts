import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';
import type { IProjects, Project } from '../projects';
import type { Comparing, IPlace } from './comparing';

export type Version = components['schemas']['VersionItem'];
export type Checkpoint = components['schemas']['CheckpointItem'];
export type Change = components['schemas']['CheckpointChange'];
export type Restored = components['schemas']['CheckpointRestored'];

const PAGE = 100;

interface IOptions {
  api: API;
  comparing: Comparing;
  /** The documents that may hold something unsaved. */
  openDocuments: () => DocumentRegistry.Context[];
  projects: IProjects;
}

/** A list that comes in pages. */
export interface IListing<T> {
  items: T[];
  next: string | null;
}

/** The versions of the file in front, and the checkpoints of its project. */
export class History implements IDisposable {
  constructor(private readonly _options: IOptions) {}

  /** The file in front, relative to the server's root. */
  get path(): string | null {
    return this._path;
  }

  get place(): IPlace | null {
    return this._path === null
      ? null
      : this._options.comparing.place(this._path);
  }

  /** That of the file in front, or the one that the file browser is in. */
  get project(): Project | null {
    return this.place?.project ?? this._options.projects.current;
  }

  /** Null while they are not known. */
  get versions(): IListing<Version> | null {
    return this._versions;
  }

  get checkpoints(): IListing<Checkpoint> | null {
    return this._checkpoints;
  }

  /** Why something could not be read; null while all is well. */
  get error(): string | null {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** Another file is in front. */
  show(path: string | null): void {
    if (path !== this._path) {
      this._path = path;
      this._versions = null;
    }
    void this.refresh();
  }

  /** Ask the server for both lists; never rejects. */
  async refresh(): Promise<void> {
    const asked = ++this._asked;
    const { place, project } = this;
    if (project?.id !== this._shownProject) {
      this._shownProject = project?.id ?? null;
      this._checkpoints = null;
    }
    this._changed.emit();
    try {
      const [versions, checkpoints] = await Promise.all([
        place ? this._versionsOf(place) : null,
        project ? this._checkpointsOf(project) : null
      ]);
      if (asked === this._asked) {
        this._error = null;
        this._versions = versions;
        this._checkpoints = checkpoints;
      }
    } catch (error) {
      if (asked === this._asked) {
        this._error = error instanceof Error ? error.message : String(error);
      }
    }
    if (asked === this._asked) {
      this._changed.emit();
    }
  }

  /** The next page of versions, after those that are there. */
  async moreVersions(): Promise<void> {
    const { place, _versions: known } = this;
    if (place && known?.next) {
      const more = await this._versionsOf(place, known.next);
      if (known === this._versions) {
        this._versions = { ...more, items: [...known.items, ...more.items] };
        this._changed.emit();
      }
    }
  }

  /**
   * Put a version in the file's place, after saving what is unsaved; resolves with the version that
   * holds what was there.
   */
  async restoreVersion(version: string): Promise<string | null> {
    const path = this._path;
    const place = this.place;
    if (path === null || !place) {
      return null;
    }
    await this.save(other => other === path);
    const newest = (await this._versionsOf(place)).items[0]?.id ?? null;
    await this._options.api.post(
      '/projects/{project_id}/versions/{path}/restore',
      { ...at(place), body: { version } }
    );
    const after = (await this._versionsOf(place)).items;
    const before = after.find(
      item => item.id === newest || item.reason === 'restore'
    );
    await this.refresh();
    return before?.id ?? null;
  }

  async createCheckpoint(project: Project, label: string): Promise<Checkpoint> {
    await this.save(path => this._isIn(path, project));
    const made = await this._options.api.post(
      '/projects/{project_id}/checkpoints',
      { path: { project_id: project.id }, body: label ? { label } : {} }
    );
    await this.refresh();
    return made;
  }

  /** What changed after a checkpoint, unsaved changes included: they are saved first. */
  async changesSince(project: Project, id: string): Promise<Change[]> {
    await this.save(path => this._isIn(path, project));
    const { items } = await this._options.api.get(
      '/projects/{project_id}/checkpoints/{checkpoint_id}/changes',
      { path: { project_id: project.id, checkpoint_id: id } }
    );
    return items;
  }

  /** Make the project, or `paths` of it, what they were; `undo` of the reply takes it back. */
  async restoreCheckpoint(
    project: Project,
    id: string,
    paths?: string[]
  ): Promise<Restored> {
    await this.save(path => this._isIn(path, project));
    const done = await this._options.api.post(
      '/projects/{project_id}/checkpoints/{checkpoint_id}/restore',
      {
        path: { project_id: project.id, checkpoint_id: id },
        body: paths ? { paths } : {}
      }
    );
    await this.refresh();
    return done;
  }

  /** Write what is unsaved in open files, so that nothing of it is lost. */
  async save(wanted: (path: string) => boolean): Promise<void> {
    for (const context of new Set(this._options.openDocuments())) {
      if (wanted(context.path) && context.model.dirty) {
        await context.save();
      }
    }
  }

  private _isIn(path: string, project: Project): boolean {
    return this._options.comparing.place(path)?.project.id === project.id;
  }

  private async _versionsOf(
    place: IPlace,
    cursor?: string
  ): Promise<IListing<Version>> {
    const page = await this._options.api.get(
      '/projects/{project_id}/versions/{path}',
      { ...at(place), query: { limit: PAGE, ...(cursor ? { cursor } : {}) } }
    );
    return { items: page.items, next: page.next_cursor ?? null };
  }

  private async _checkpointsOf(
    project: Project
  ): Promise<IListing<Checkpoint>> {
    const page = await this._options.api.get(
      '/projects/{project_id}/checkpoints',
      { path: { project_id: project.id }, query: { limit: PAGE } }
    );
    return { items: page.items, next: page.next_cursor ?? null };
  }

  private _asked = 0;
  private readonly _changed = new Signal<this, void>(this);
  private _checkpoints: IListing<Checkpoint> | null = null;
  private _error: string | null = null;
  private _isDisposed = false;
  private _path: string | null = null;
  private _shownProject: string | null = null;
  private _versions: IListing<Version> | null = null;
}

function at(place: IPlace): { path: { project_id: string; path: string } } {
  return { path: { project_id: place.project.id, path: place.inside } };
}
