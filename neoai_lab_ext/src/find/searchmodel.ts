import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomModel } from '@jupyterlab/ui-components';

import { type API, APIError, type components } from '../api';
import type { Project } from '../projects';
import { newText, oldText } from './replacement';
import {
  follow,
  type IFileMatches,
  type IMatch,
  type ISearchEnd,
  type ITextQuery
} from './search';

type Replacement = components['schemas']['Replacement'];

/** A file, or one of its matches. */
export interface IFound {
  file: IFileMatches;
  match: IMatch | null;
}

/** What was replaced last, to say and to undo. */
export interface IDone {
  project: Project;
  outcome: Replacement;
  isUndone: boolean;
}

/** A search across the current project, what it has found, and what is to be replaced. */
export class SearchModel extends VDomModel {
  constructor(
    private readonly _api: API,
    readonly trans: TranslationBundle,
    private readonly _settle: (paths: string[]) => Promise<void>,
    private readonly _reload: (paths: string[]) => Promise<void>
  ) {
    super();
  }

  override dispose(): void {
    this._searching?.abort();
    super.dispose();
  }

  query: ITextQuery = { query: '', include: '', exclude: '' };
  replacement = '';
  isReplacing = false;
  isBusy = false;
  isApplying = false;
  error: string | null = null;
  end: ISearchEnd | null = null;
  done: IDone | null = null;
  /** The project that was searched. */
  project: Project | null = null;
  get files(): readonly IFileMatches[] {
    return this._files;
  }

  get matchCount(): number {
    return this._matchCount;
  }

  /** Change something that needs no new search. */
  update(change: Partial<Pick<this, 'replacement' | 'isReplacing'>>): void {
    Object.assign(this, change);
    this.stateChanged.emit();
  }

  /** Whether a match, or any of a file's, is to be replaced. */
  isChosen({ file, match }: IFound): boolean {
    return match
      ? !this._left.has(keyOf(file, match)) && this.becomes(match) !== null
      : file.matches.some(of => this.isChosen({ file, match: of }));
  }

  choose({ file, match }: IFound, chosen: boolean): void {
    for (const of of match ? [match] : file.matches) {
      this._left[chosen ? 'delete' : 'add'](keyOf(file, of));
    }
    this.stateChanged.emit();
  }

  becomes(match: IMatch): string | null {
    return newText(match, this.query, this.replacement);
  }

  /** Search a project anew; ends the search that is under way. */
  async search(project: Project): Promise<void> {
    this.cancel();
    this.clear();
    const { query } = this.query;
    if (!query) {
      this.stateChanged.emit();
      return;
    }
    const searching = (this._searching = new AbortController());
    this.isBusy = true;
    this.stateChanged.emit();
    try {
      this.project = project;
      for await (const found of follow(
        this._api,
        project.id,
        this.query,
        searching.signal
      )) {
        this._take(found.items ?? []);
        this.end = found.end ?? null;
        this.stateChanged.emit();
      }
    } catch (error) {
      if (!searching.signal.aborted) {
        this.error = messageOf(error);
      }
    } finally {
      if (this._searching === searching) {
        this.isBusy = false;
        this.stateChanged.emit();
      }
    }
  }

  /** End the search; what it has found stays. */
  cancel(): void {
    this._searching?.abort();
    this._searching = null;
    this.isBusy = false;
    this.stateChanged.emit();
  }

  /** How many places would be replaced, in how many files. */
  get chosen(): { files: number; matches: number } {
    let files = 0;
    let matches = 0;
    for (const file of this._files) {
      const of = file.matches.filter(match => this.isChosen({ file, match }));
      files += of.length > 0 ? 1 : 0;
      matches += of.length;
    }
    return { files, matches };
  }

  /** Replace what is chosen. */
  async apply(): Promise<void> {
    const { project } = this;
    const files = this._files
      .map(file => ({
        path: file.path,
        stamp: file.stamp,
        edits: file.matches
          .filter(match => this.isChosen({ file, match }))
          .map(match => ({
            line: match.line,
            start: match.start,
            old: oldText(match)!,
            new: this.becomes(match)!
          }))
      }))
      .filter(({ edits }) => edits.length > 0);
    if (!project || files.length === 0 || this.isApplying) {
      return;
    }
    await this._during(project, async () => {
      await this._settle(files.map(({ path }) => full(project, path)));
      const outcome = await this._api.post(
        '/projects/{project_id}/replacements',
        { path: { project_id: project.id }, body: { files } }
      );
      this.done = { project, outcome, isUndone: false };
      return outcome;
    });
  }

  /** Take the last replacement back, in all files that have not changed since. */
  async undo(): Promise<void> {
    const { done } = this;
    if (!done || done.isUndone || this.isApplying) {
      return;
    }
    await this._during(done.project, async () => {
      const outcome = await this._api.post(
        '/projects/{project_id}/replacements/{replacement_id}/undo',
        {
          path: {
            project_id: done.project.id,
            replacement_id: done.outcome.id
          }
        }
      );
      this.done = { ...done, outcome, isUndone: true };
      return outcome;
    });
  }

  private async _during(
    project: Project,
    work: () => Promise<Replacement>
  ): Promise<void> {
    this.isApplying = true;
    this.stateChanged.emit();
    try {
      const { files } = await work();
      const changed = files.filter(({ state }) => state === 'done');
      await this._reload(changed.map(({ path }) => full(project, path)));
      const { done } = this;
      await this.search(project);
      this.done = done;
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.isApplying = false;
      this.stateChanged.emit();
    }
  }

  private _take(items: IFileMatches[]): void {
    if (items.length === 0) {
      return;
    }
    this._files = [...this._files, ...items].sort((a, b) =>
      a.path < b.path ? -1 : 1
    );
    this._matchCount += items.reduce((sum, of) => sum + of.matches.length, 0);
  }

  /** A file or folder, by its path from the server's root, is no longer there. */
  forget(path: string): void {
    const { project } = this;
    const isGone = (file: IFileMatches) =>
      project !== null && `${full(project, file.path)}/`.startsWith(`${path}/`);
    if (this._files.some(isGone)) {
      const files = this._files.filter(file => !isGone(file));
      this._files = [];
      this._matchCount = 0;
      this._take(files);
      this.stateChanged.emit();
    }
  }

  /** Forget what was found. */
  clear(): void {
    this._files = [];
    this._matchCount = 0;
    this._left.clear();
    this.end = this.error = this.done = null;
  }

  private _files: IFileMatches[] = [];
  private _matchCount = 0;
  private readonly _left = new Set<string>();
  private _searching: AbortController | null = null;
}

function full(project: Project, path: string): string {
  return project.path ? `${project.path}/${path}` : path;
}

export function keyOf(file: IFileMatches, match: IMatch): string {
  return `${file.path}\n${match.line}:${match.start}`;
}

export function messageOf(error: unknown): string {
  return error instanceof APIError
    ? error.detail
    : error instanceof Error
      ? error.message
      : String(error);
}
