import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API } from '../api';
import type { IProgress } from './tokens';

const LAST = new Set(['ready', 'failed', 'cancelled']);

/** Follows the clones that run on the server, each over its stream of events. */
export class Clones implements IDisposable {
  constructor(private readonly _api: API) {}

  get progressed(): ISignal<this, string> {
    return this._progressed;
  }

  /** A clone's stream is over, for whatever reason: ask what became of the project. */
  get ended(): ISignal<this, string> {
    return this._ended;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  progressOf(id: string): IProgress | null {
    return this._running.get(id)?.progress ?? null;
  }

  /** Follow exactly these from now on. */
  follow(ids: readonly string[]): void {
    for (const [id, { abort }] of this._running) {
      if (!ids.includes(id)) {
        this._running.delete(id);
        abort.abort();
      }
    }
    for (const id of ids) {
      if (!this._running.has(id)) {
        void this._read(id);
      }
    }
  }

  dispose(): void {
    this._isDisposed = true;
    this.follow([]);
    Signal.clearData(this);
  }

  private async _read(id: string): Promise<void> {
    const running: IRunning = { abort: new AbortController(), progress: null };
    this._running.set(id, running);
    try {
      const events = this._api.events('/projects/{project_id}/events', {
        path: { project_id: id },
        signal: running.abort.signal,
        isLast: ({ name }) => LAST.has(name)
      });
      for await (const { name, data } of events) {
        if (name === 'progress') {
          running.progress = data as IProgress;
          this._progressed.emit(id);
        }
      }
    } catch {
      // The stream cannot be had; the project itself tells what became of it.
    }
    if (!running.abort.signal.aborted) {
      this._running.delete(id);
      this._ended.emit(id);
    }
  }

  private readonly _running = new Map<string, IRunning>();
  private readonly _progressed = new Signal<this, string>(this);
  private readonly _ended = new Signal<this, string>(this);
  private _isDisposed = false;
}

interface IRunning {
  abort: AbortController;
  progress: IProgress | null;
}
