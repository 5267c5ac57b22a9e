import type { API } from '../api';

/** One match: its line from 1, its columns from 0, and a part of the line around it. */
export interface IMatch {
  line: number;
  start: number;
  end: number;
  text: string;
  /** Where in the line `text` begins. */
  at: number;
  /** More places to emphasise in the line, where there is not just one. */
  marks?: readonly (readonly [number, number])[];
  /** The definition that it is, or is a part of. */
  symbol?: string;
  /** It is how the error that `symbol` names was mended earlier. */
  isFix?: boolean;
  /** What stands around it; its lines count from `start`. */
  around?: IExcerpt;
}

/** Some lines of a file, the first of them numbered `start`. */
export interface IExcerpt {
  start: number;
  text: string;
}

export interface IFileMatches {
  path: string;
  /** By which the server knows whether the file is still the one that was searched. */
  stamp: string;
  matches: IMatch[];
  /** Indices into `path` of the characters that fit, where its name is what was found. */
  marks?: readonly number[];
}

export interface ISearchEnd {
  files: number;
  matches: number;
  limited: 'matches' | 'time' | null;
  seconds: number;
}

export interface ITextQuery {
  query: string;
  case?: boolean;
  word?: boolean;
  regex?: boolean;
  include?: string;
  exclude?: string;
  limit?: number;
}

/** What a search finds, as it comes; the last has `end`. Leaving the loop ends the search. */
export async function* follow(
  api: API,
  projectId: string,
  query: ITextQuery,
  signal: AbortSignal
): AsyncGenerator<{ items?: IFileMatches[]; end?: ISearchEnd }> {
  const events = api.events('/projects/{project_id}/search', {
    path: { project_id: projectId },
    query,
    signal,
    isLast: ({ name }) => name === 'end',
    // A search that broke off is not the one that was asked: it is begun anew by hand.
    attempts: 1
  });
  for await (const { name, data } of events) {
    if (name === 'files') {
      yield { items: (data as { items: IFileMatches[] }).items };
    } else if (name === 'end') {
      yield { end: data as ISearchEnd };
    }
  }
}
