import { type ISignal, Signal } from '@lumino/signaling';

import { APIError } from '../api';

export type State =
  'unknown' | 'no-model' | 'paused' | 'error' | 'thinking' | 'ready';

/** After a failure nothing is asked for so long, twice as long after each further one, in ms. */
const FIRST_PAUSE = 5_000;
const LONGEST_PAUSE = 300_000;

/** Whether anything may be asked, and what is being done, for the status bar. */
export class CompletionStatus {
  constructor(private readonly _now: () => number = () => Date.now()) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): State {
    if (this._hasModel === null) {
      return 'unknown';
    }
    if (!this._hasModel) {
      return 'no-model';
    }
    if (!this._isEnabled) {
      return 'paused';
    }
    if (this._thinking > 0) {
      return 'thinking';
    }
    return this._failures > 0 ? 'error' : 'ready';
  }

  /** Why the last question had no answer. */
  get detail(): string {
    return this._detail;
  }

  get isEnabled(): boolean {
    return this._isEnabled;
  }

  set isEnabled(isEnabled: boolean) {
    if (isEnabled !== this._isEnabled) {
      this._isEnabled = isEnabled;
      this._failures = 0;
      this._changed.emit();
    }
  }

  get hasModel(): boolean | null {
    return this._hasModel;
  }

  set hasModel(hasModel: boolean | null) {
    if (hasModel !== this._hasModel) {
      this._hasModel = hasModel;
      this._failures = 0;
      this._changed.emit();
    }
  }

  /** Whether to ask; whoever asks on purpose is not told to wait. */
  mayAsk(isInvoked: boolean): boolean {
    const isWaiting = this._failures > 0 && this._now() < this._until;
    return (
      this._isEnabled && this._hasModel === true && (isInvoked || !isWaiting)
    );
  }

  began(): void {
    this._thinking += 1;
    this._changed.emit();
  }

  /** A question is over: `error` says why it failed; null: it was answered; undefined: given up. */
  ended(error?: unknown): void {
    this._thinking -= 1;
    if (error === null) {
      this._failures = 0;
    } else if (error !== undefined) {
      this._failures += 1;
      this._detail = error instanceof Error ? detailOf(error) : String(error);
      const pause = Math.min(
        FIRST_PAUSE * 2 ** (this._failures - 1),
        LONGEST_PAUSE
      );
      this._until = this._now() + pause;
    }
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _isEnabled = true;
  private _hasModel: boolean | null = null;
  private _thinking = 0;
  private _failures = 0;
  private _until = 0;
  private _detail = '';
}

function detailOf(error: Error): string {
  return error instanceof APIError ? error.detail : error.message;
}
