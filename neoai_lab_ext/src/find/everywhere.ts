import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomModel } from '@jupyterlab/ui-components';

import type { IProjects, Project } from '../projects';
import { join } from './openfiles';
import type { IFileMatches, IMatch, ITextQuery } from './search';
import { keyOf, messageOf, type SearchModel } from './searchmodel';
import { type Find, Source } from './sources';

/** The ways in which the box finds. */
export type Kind = 'files' | 'symbols' | 'meaning' | 'text';
export type Scope = 'all' | Kind;

export const SCOPES: readonly Scope[] = [
  'all',
  'text',
  'meaning',
  'symbols',
  'files'
];
const KINDS: readonly Kind[] = ['files', 'symbols', 'meaning', 'text'];

/** How many files of each kind are shown beside the others. */
const FEW = 4;
const PAUSE = 250;

/** A row of the results: the heading of a kind, a file, or one of its matches. */
export interface IRow {
  kind: Kind;
  file: IFileMatches | null;
  match: IMatch | null;
  key: string;
}

/** What somebody likes to see. */
export interface IChoice {
  scope: Scope;
  hasPreview: boolean;
}

/** One query, and what it finds: text, passages that answer it, definitions and files. */
export class Everywhere extends VDomModel {
  constructor(
    readonly text: SearchModel,
    private readonly _projects: IProjects,
    find: Record<Exclude<Kind, 'text'>, Find>,
    readonly trans: TranslationBundle
  ) {
    super();
    const changed = () => this._onChanged();
    text.stateChanged.connect(changed);
    this._sources = {
      files: new Source(find.files, changed),
      symbols: new Source(find.symbols, changed),
      meaning: new Source(find.meaning, changed)
    };
    _projects.currentChanged.connect(this._onCurrent, this);
  }

  override dispose(): void {
    this._projects.currentChanged.disconnect(this._onCurrent, this);
    window.clearTimeout(this._timer);
    this.cancel();
    super.dispose();
  }

  /** The row that the keyboard is at. */
  at = 0;
  error: string | null = null;
  hasPreview = true;

  /** The project that was searched. */
  get project(): Project | null {
    return this._project;
  }

  get query(): ITextQuery {
    return this.text.query;
  }

  /** What is looked for; replacing is for text alone. */
  get scope(): Scope {
    return this.text.isReplacing ? 'text' : this._scope;
  }

  get kinds(): readonly Kind[] {
    const { scope } = this;
    if (scope !== 'all') {
      return [scope];
    }
    // A regular expression means nothing to the others.
    return this.query.regex ? ['text'] : KINDS;
  }

  get rows(): readonly IRow[] {
    this._rows ??= this.kinds.flatMap(kind => this._rowsOf(kind));
    return this._rows;
  }

  get isBusy(): boolean {
    return this.kinds.some(kind => this.of(kind).isBusy);
  }

  /** What is shown, to be shown the next time too. */
  get choice(): IChoice {
    return { scope: this._scope, hasPreview: this.hasPreview };
  }

  set choice({ scope, hasPreview }: Partial<IChoice>) {
    if (scope && SCOPES.includes(scope)) {
      this._scope = scope;
    }
    this.hasPreview = hasPreview ?? this.hasPreview;
    this._onChanged();
  }

  /** Whether there is no project to search; false until that is known. */
  get hasNoProject(): boolean {
    return this._hasLooked && !this._projects.current && !this._project;
  }

  /** Whether there are projects, of which one could be opened. */
  get hasProjects(): boolean {
    return this._projects.items.length > 0;
  }

  /** Ask whether there is a project to search. */
  async look(): Promise<void> {
    if (!this._projects.current) {
      await this._projects.refresh();
    }
    this._hasLooked = true;
    this._onChanged();
  }

  /** Whether what is shown is an answer. */
  get hasSearched(): boolean {
    return this._hasSearched;
  }

  /** What was found in one way. */
  of(kind: Kind): {
    readonly files: readonly IFileMatches[];
    readonly matchCount: number;
    readonly isBusy: boolean;
    readonly problem: string | null;
  } {
    if (kind !== 'text') {
      return this._sources[kind];
    }
    const { files, matchCount, isBusy, error } = this.text;
    return { files, matchCount, isBusy, problem: error };
  }

  /** Change the query and search a moment later. */
  set(change: Partial<ITextQuery>, now = false): void {
    this.text.query = { ...this.query, ...change };
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this.search(), now ? 0 : PAUSE);
    this._onChanged();
  }

  show(scope: Scope): void {
    this._scope = scope;
    this.at = 0;
    if (scope !== 'text') {
      this.text.update({ isReplacing: false });
    }
    this._onChanged();
    void this._run(false);
  }

  /** Show the field for the new text, or hide it. */
  replace(isReplacing: boolean): void {
    this.text.update({ isReplacing });
    void this._run(false);
  }

  moveTo(index: number): void {
    this.at = Math.max(0, Math.min(index, this.rows.length - 1));
    this.stateChanged.emit();
  }

  togglePreview(): void {
    this.hasPreview = !this.hasPreview;
    this.stateChanged.emit();
  }

  isFolded({ kind, file }: IRow): boolean {
    return file !== null && this._folded.has(`${kind} ${file.path}`);
  }

  fold(row: IRow, folded: boolean): void {
    if (row.file) {
      this._folded[folded ? 'add' : 'delete'](`${row.kind} ${row.file.path}`);
      this._rows = null;
      this.at = this.rows.findIndex(
        ({ kind, file, match }) =>
          kind === row.kind && file?.path === row.file?.path && !match
      );
      this.stateChanged.emit();
    }
  }

  /** Search anew; ends what is under way. */
  async search(): Promise<void> {
    window.clearTimeout(this._timer);
    this.at = 0;
    this._folded.clear();
    await this._run(true);
  }

  /** End the search; what it has found stays. */
  cancel(): void {
    for (const source of Object.values(this._sources)) {
      source.cancel();
    }
    this.text.cancel();
  }

  /** A file or folder, by its path from the server's root, is no longer there. */
  forget(path: string): void {
    const project = this._project;
    for (const source of Object.values(this._sources)) {
      source.forget(
        file =>
          project !== null &&
          `${join(project, file.path)}/`.startsWith(`${path}/`)
      );
    }
    this.text.forget(path);
    this._onChanged();
    this.at = Math.max(0, Math.min(this.at, this.rows.length - 1));
  }

  /** Ask for what is shown; without `anew`, for what was not asked yet. */
  private async _run(anew: boolean): Promise<void> {
    const query = this.query.query;
    this.error = null;
    if (!query.trim()) {
      Object.values(this._sources).forEach(source => source.clear());
      this.text.cancel();
      this.text.clear();
      this._asked = null;
      this._hasSearched = false;
      this._onChanged();
      return;
    }
    try {
      const project = await this._found();
      if (!project) {
        return;
      }
      this._hasSearched = true;
      await Promise.all(
        this.kinds.map(kind => this._ask(kind, project, query, anew))
      );
    } catch (error) {
      this.error = messageOf(error);
      this._onChanged();
    }
  }

  private async _ask(
    kind: Kind,
    project: Project,
    query: string,
    anew: boolean
  ): Promise<void> {
    if (kind !== 'text') {
      if (anew || !this._sources[kind].has(query)) {
        await this._sources[kind].run(project, query);
      }
    } else if (anew || this._asked !== this.query) {
      this._asked = this.query;
      await this.text.search(project);
    }
  }

  private async _found(): Promise<Project | null> {
    await this.look();
    this._project = this._projects.current ?? this._project;
    return this._project;
  }

  /** What was asked for before there was a project is searched in the first that there is. */
  private _onCurrent(): void {
    if (this.query.query && !this._project && this._projects.current) {
      void this.search();
    }
    this._onChanged();
  }

  private _onChanged(): void {
    this._rows = null;
    this.stateChanged.emit();
  }

  private _rowsOf(kind: Kind): IRow[] {
    const { files } = this.of(kind);
    const isOne = this.kinds.length === 1;
    const shown = isOne || kind === 'text' ? files : files.slice(0, FEW);
    const rows = shown.flatMap(file => {
      const head: IRow = {
        kind,
        file,
        match: null,
        key: `${kind} ${file.path}`
      };
      return this._folded.has(head.key)
        ? [head]
        : [
            head,
            ...file.matches.map(match => ({
              kind,
              file,
              match,
              key: `${kind} ${keyOf(file, match)}`
            }))
          ];
    });
    const heading: IRow = { kind, file: null, match: null, key: kind };
    return isOne || !this._isWorthAHeading(kind) ? rows : [heading, ...rows];
  }

  private _isWorthAHeading(kind: Kind): boolean {
    const { files, isBusy, problem } = this.of(kind);
    return files.length > 0 || isBusy || problem !== null;
  }

  private readonly _sources: Record<Exclude<Kind, 'text'>, Source>;
  private readonly _folded = new Set<string>();
  private _hasLooked = false;
  private _hasSearched = false;
  private _scope: Scope = 'all';
  private _project: Project | null = null;
  private _asked: ITextQuery | null = null;
  private _rows: readonly IRow[] | null = null;
  private _timer = 0;
}
