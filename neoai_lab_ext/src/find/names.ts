import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';

import type { API } from '../api';
import type { IMatches } from './matcher';

/** What the worker is asked; `folders` replaces the files that it knows. */
export interface IRequest {
  id: number;
  query: string;
  limit: number;
  recent: readonly string[];
  folders?: string[][];
}

export interface IAnswer extends IMatches {
  id: number;
}

const LIMIT = 100;

/**
 * The names of one project's files, matched in a worker so that typing never waits. The listing
 * that there is answers at once; `refresh` asks the server whether it is still right.
 */
export class FileNames implements IDisposable {
  constructor(
    private readonly _api: API,
    readonly projectId: string
  ) {
    this._worker = new Worker(new URL('./matcher.worker.js', import.meta.url), {
      type: 'module'
    });
    this._worker.onmessage = ({ data }: MessageEvent<IAnswer>) => {
      this._waiting.get(data.id)?.resolve(data);
      this._waiting.delete(data.id);
    };
    this._worker.onerror = event => {
      event.preventDefault();
      for (const waiting of this._waiting.values()) {
        waiting.reject(new Error(event.message));
      }
      this._waiting.clear();
    };
  }

  /** Whether the files have been listed at all. */
  get isKnown(): boolean {
    return this._stamp !== undefined;
  }

  /** Whether the project has more files than are listed. */
  get isTruncated(): boolean {
    return this._isTruncated;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Ask the server for the listing; whether it is another one. Rejects with the API's errors. */
  refresh(): Promise<boolean> {
    this._refreshing ??= this._refresh().finally(() => {
      this._refreshing = null;
    });
    return this._refreshing;
  }

  /** The files that fit `query`, the best first. */
  match(query: string, recent: readonly string[]): Promise<IMatches> {
    return this._ask({ query, recent, limit: LIMIT });
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._worker.terminate();
      this._waiting.clear();
    }
  }

  private async _refresh(): Promise<boolean> {
    const listing = await this._api.get('/projects/{project_id}/paths', {
      path: { project_id: this.projectId },
      query: { known: this._stamp }
    });
    if (!listing.folders || this._isDisposed) {
      return false;
    }
    this._stamp = listing.stamp;
    this._isTruncated = listing.truncated;
    await this._ask({
      folders: listing.folders,
      query: '',
      recent: [],
      limit: 0
    });
    return true;
  }

  private _ask(request: Omit<IRequest, 'id'>): Promise<IMatches> {
    const id = ++this._last;
    const waiting = new PromiseDelegate<IMatches>();
    this._waiting.set(id, waiting);
    this._worker.postMessage({ id, ...request });
    return waiting.promise;
  }

  private readonly _worker: Worker;
  private readonly _waiting = new Map<number, PromiseDelegate<IMatches>>();
  private _last = 0;
  private _stamp: string | undefined;
  private _isTruncated = false;
  private _refreshing: Promise<boolean> | null = null;
  private _isDisposed = false;
}
