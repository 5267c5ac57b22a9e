import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

/** Something that the server is asked for from time to time, while the page is in sight. */
export abstract class Polled implements IDisposable {
  constructor(name: string, frequency: Poll['frequency']) {
    this.poll = new Poll({
      name,
      auto: false,
      standby: 'when-hidden',
      frequency,
      factory: () => this._asked()
    });
  }

  /** Why the last question had no answer. */
  get error(): unknown {
    return this._error;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this.poll.isDisposed;
  }

  start(): void {
    void this.poll.start();
  }

  /** Ask now; resolves when the answer, or none, is there. */
  async refresh(): Promise<void> {
    await this.poll.refresh();
    await this.poll.tick.catch(() => undefined);
  }

  dispose(): void {
    this.poll.dispose();
    Signal.clearData(this);
  }

  /** Ask the server and keep its answer; rejects where there is none. */
  protected abstract ask(): Promise<void>;

  /** Tell of a change. */
  protected emit(): void {
    this._changed.emit();
  }

  protected readonly poll: Poll;

  private async _asked(): Promise<void> {
    try {
      await this.ask();
      this._error = null;
    } catch (error) {
      this._error = error;
      throw error;
    } finally {
      this.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _error: unknown = null;
}
