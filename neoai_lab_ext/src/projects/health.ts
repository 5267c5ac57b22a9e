import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';

/** What the server says of its parts. */
export type Health = components['schemas']['Health'];

/** Asks the server from time to time how it is. */
export class HealthWatch implements IDisposable {
  constructor(api: API) {
    this._poll = new Poll({
      name: '@neoai/lab:health',
      auto: false,
      standby: 'when-hidden',
      frequency: { interval: 60_000, backoff: true, max: 300_000 },
      factory: async () => {
        try {
          this._set(await api.get('/health'), null);
        } catch (error) {
          this._set(null, error);
          throw error;
        }
      }
    });
  }

  /** The last answer; null before the first one, and where the server gave none. */
  get health(): Health | null {
    return this._health;
  }

  /** Why there is no answer. */
  get error(): unknown {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  start(): void {
    void this._poll.start();
  }

  /** Seconds from one question to the next. */
  set interval(seconds: number) {
    this._poll.frequency = {
      interval: seconds * 1000,
      backoff: true,
      max: seconds * 5000
    };
  }

  /** Ask now; resolves when the answer, or none, is there. */
  async refresh(): Promise<void> {
    await this._poll.refresh();
    await this._poll.tick.catch(() => undefined);
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private _set(health: Health | null, error: unknown): void {
    this._health = health;
    this._error = error;
    this._changed.emit();
  }

  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _health: Health | null = null;
  private _error: unknown = null;
}
