import type { CommandRegistry } from '@lumino/commands';
import { VDomModel } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';

import { explain } from './errors';
import type { ProjectsModel } from './model';
import type { Project } from './tokens';

/** In which order projects are listed. */
export type Order = 'name' | 'newest';

const STEP = 100;

/** What the panel shows of the projects: which, in what order, and what the person is at. */
export class PanelModel extends VDomModel {
  constructor(
    readonly projects: ProjectsModel,
    readonly commands: CommandRegistry,
    readonly trans: TranslationBundle
  ) {
    super();
    projects.changed.connect(this._projectsChanged, this);
    projects.currentChanged.connect(this._projectsChanged, this);
  }

  /** Those that match the search, in order. */
  get matching(): readonly Project[] {
    return this._matching;
  }

  /** As many of them as are listed; `showMore` adds some. */
  get listed(): readonly Project[] {
    return this._matching.slice(0, this._limit);
  }

  /** The project that has the keyboard, or had it last. */
  get selected(): Project | null {
    return this._selected === null ? null : this.projects.get(this._selected);
  }

  get query(): string {
    return this._query;
  }

  set query(value: string) {
    this._query = value;
    this._limit = STEP;
    this._projectsChanged();
  }

  get order(): Order {
    return this._order;
  }

  set order(value: Order) {
    this._order = value;
    this._projectsChanged();
  }

  /** The project whose name is being written. */
  get editing(): string | null {
    return this._editing;
  }

  /** Why the name that was written was not taken. */
  get editingError(): string {
    return this._editingError;
  }

  select(id: string | null): void {
    if (id !== this._selected) {
      this._selected = id;
      this.stateChanged.emit();
    }
  }

  showMore(): void {
    this._limit += STEP;
    this.stateChanged.emit();
  }

  /** Begin to write a project's name. */
  edit(id: string): void {
    const at = this._matching.findIndex(project => project.id === id);
    if (at < 0) {
      this.query = '';
    }
    this._limit = Math.max(
      this._limit,
      this._matching.findIndex(p => p.id === id) + 1
    );
    this._selected = id;
    this._editing = id;
    this._editingError = '';
    this.stateChanged.emit();
  }

  stopEditing(): void {
    this._editing = null;
    this._editingError = '';
    this.stateChanged.emit();
  }

  /** Give the project the name that was written; says why where it is not taken. */
  async commit(name: string): Promise<void> {
    const project =
      this._editing === null ? null : this.projects.get(this._editing);
    const wanted = name.trim();
    if (!project || !wanted || wanted === project.name) {
      this.stopEditing();
      return;
    }
    try {
      await this.projects.rename(project.id, wanted);
      this.stopEditing();
    } catch (error) {
      this._editingError = explain(error, this.trans);
      this.stateChanged.emit();
    }
  }

  private _projectsChanged(): void {
    const words = this._query.toLowerCase().split(/\s+/).filter(Boolean);
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    this._matching = this.projects.items
      .filter(({ name, path }) => {
        const text = `${name}\n${path}`.toLowerCase();
        return words.every(word => text.includes(word));
      })
      .sort((a, b) =>
        this._order === 'newest'
          ? b.created_at.localeCompare(a.created_at)
          : compare(a.name, b.name) || compare(a.path, b.path)
      );
    if (this._editing !== null && !this.projects.get(this._editing)) {
      this._editing = null;
    }
    this.stateChanged.emit();
  }

  override dispose(): void {
    this.projects.changed.disconnect(this._projectsChanged, this);
    this.projects.currentChanged.disconnect(this._projectsChanged, this);
    super.dispose();
  }

  private _matching: Project[] = [];
  private _selected: string | null = null;
  private _editing: string | null = null;
  private _editingError = '';
  private _query = '';
  private _order: Order = 'name';
  private _limit = STEP;
}
