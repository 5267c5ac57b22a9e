import type { API, components } from '../api';
import { APIError } from '../api';
import type { Project } from '../projects';
import { FileNames } from './names';
import type { IFileMatches, IMatch } from './search';

type Hit = components['schemas']['SearchItem'];
type Symbol = components['schemas']['SymbolItem'];

/** Finds what fits a query in a project, file by file, the best first. */
export type Find = (
  project: Project,
  query: string,
  signal: AbortSignal
) => Promise<readonly IFileMatches[]>;

const HITS = 40;
const SYMBOLS = 200;
const AGAIN = 1000;

/** What is found in one way for the query that is typed. */
export class Source {
  constructor(
    private readonly _find: Find,
    private readonly _changed: () => void
  ) {}

  isBusy = false;
  /** Why nothing is found, or not yet. */
  problem: string | null = null;

  get files(): readonly IFileMatches[] {
    return this._files;
  }

  /** Whether `query` is what was looked for last. */
  has(query: string): boolean {
    return this._query === query;
  }

  get matchCount(): number {
    return this._files.reduce(
      (sum, { matches }) => sum + (matches.length || 1),
      0
    );
  }

  /** Look for `query`; what was under way ends. While a project is being indexed it waits. */
  async run(project: Project, query: string): Promise<void> {
    this.cancel();
    const running = (this._running = new AbortController());
    this._query = query;
    this.isBusy = true;
    this.problem = null;
    this._changed();
    try {
      while (!(await this._tried(project, query, running.signal))) {
        await pause(AGAIN, running.signal);
      }
    } catch (error) {
      if (!running.signal.aborted) {
        this._files = [];
        this.problem = error instanceof Error ? error.message : String(error);
      }
    } finally {
      if (this._running === running) {
        this._running = null;
        this.isBusy = false;
        this._changed();
      }
    }
  }

  cancel(): void {
    this._running?.abort();
    this._running = null;
    this.isBusy = false;
  }

  clear(): void {
    this.cancel();
    this._files = [];
    this._query = null;
    this.problem = null;
  }

  /** Forget the files that `isGone`. */
  forget(isGone: (file: IFileMatches) => boolean): void {
    this._files = this._files.filter(file => !isGone(file));
  }

  /** False where the project is being indexed: ask again. */
  private async _tried(
    project: Project,
    query: string,
    signal: AbortSignal
  ): Promise<boolean> {
    try {
      const files = await this._find(project, query, signal);
      signal.throwIfAborted();
      this._files = files;
      this.problem = null;
      return true;
    } catch (error) {
      if (!(error instanceof APIError && error.code === 'indexing')) {
        throw error;
      }
      this._files = [];
      this.problem = error.detail;
      this._changed();
      return false;
    }
  }

  private _files: readonly IFileMatches[] = [];
  private _query: string | null = null;
  private _running: AbortController | null = null;
}

/** Passages that answer a question. */
export function byMeaning(api: API): Find {
  return async (project, query, signal) => {
    const { items } = await api.post('/ai/search', {
      body: { project_id: project.id, query, k: HITS },
      signal
    });
    return byFile(
      items.map(hit => [
        hit.path,
        hit.kind === 'fix' ? earlierFix(hit) : passage(hit)
      ])
    );
  };
}

/** Definitions by parts of their names. */
export function bySymbol(api: API): Find {
  return async (project, query, signal) => {
    const { items } = await api.get('/ai/symbols/{project_id}', {
      path: { project_id: project.id },
      query: { query, limit: SYMBOLS },
      signal
    });
    return byFile(items.map(found => [found.path, definition(found, query)]));
  };
}

/** Files by parts of their paths, matched as in quick open. */
export function byName(api: API): Find {
  let names: FileNames | null = null;
  return async (project, query, signal) => {
    if (names?.projectId !== project.id) {
      names?.dispose();
      names = new FileNames(api, project.id);
    }
    await names.refresh();
    signal.throwIfAborted();
    const { items } = await names.match(query, []);
    return items.map(({ path, positions }) => ({
      path,
      stamp: '',
      matches: [],
      marks: positions
    }));
  };
}

/** The line of a passage that has most of what was asked, the first of these, emphasised. */
export function passage(hit: Hit): IMatch {
  let begin = 0;
  let best = { line: 0, begin: 0, text: '', marks: [] as [number, number][] };
  hit.snippet.split('\n').forEach((text, line) => {
    const from = begin;
    const marks = hit.marks
      .filter(([start, end]) => start >= from && end <= from + text.length)
      .map(([start, end]): [number, number] => [start - from, end - from]);
    if (line === 0 || marks.length > best.marks.length) {
      best = { line, begin: from, text, marks };
    }
    begin += text.length + 1;
  });
  return {
    line: hit.start_line + best.line,
    start: 0,
    end: 0,
    at: 0,
    text: best.text,
    marks: best.marks,
    symbol: hit.symbol ?? undefined,
    around: { start: hit.start_line, text: hit.snippet }
  };
}

/** How an error was mended earlier: the first new line, and the whole change. */
export function earlierFix(hit: Hit): IMatch {
  const lines = hit.snippet.split('\n');
  const text = lines.find(line => line.startsWith('+')) ?? lines[0];
  return {
    line: hit.start_line,
    start: 0,
    end: 0,
    at: 0,
    text,
    marks: [],
    symbol: hit.symbol ?? undefined,
    isFix: true,
    around: { start: 1, text: hit.snippet }
  };
}

function definition({ symbol, line }: Symbol, query: string): IMatch {
  const last =
    query
      .trim()
      .split(/[\s.]+/)
      .pop() ?? '';
  const at = symbol.toLowerCase().lastIndexOf(last.toLowerCase());
  const start = Math.max(at, 0);
  return {
    line,
    start,
    end: at < 0 ? start : start + last.length,
    at: 0,
    text: symbol
  };
}

/** Matches by their files; a file comes where its first match does. */
function byFile(
  found: readonly (readonly [string, IMatch])[]
): readonly IFileMatches[] {
  const files = new Map<string, IFileMatches>();
  for (const [path, match] of found) {
    const file = files.get(path) ?? { path, stamp: '', matches: [] };
    file.matches.push(match);
    files.set(path, file);
  }
  return [...files.values()];
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
