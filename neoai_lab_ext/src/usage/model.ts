import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';
import { daysOf, type Period, rangeOf } from './periods';
import type { Group, Measure, Totals } from './sums';

export type LimitsSet = components['schemas']['LimitsSet'];
export type LimitsWanted = components['schemas']['LimitsWanted'];

/** How often the server is asked while the page is in sight: for the month, for the panel. */
const EVERY_MS = 30_000;
const WATCHED_EVERY_MS = 10_000;

const frequency = (interval: number) => ({
  interval,
  backoff: true,
  max: 10 * interval
});

/** The requests of a period. */
export interface IUsage {
  period: Period;
  days: readonly string[];
  total: Totals;
  items: readonly Group[];
}

/** What models were asked and what it cost, for the panel and the status bar. */
export class UsageModel implements IDisposable {
  constructor(private readonly _api: API) {
    this._poll = new Poll({
      name: '@neoai/lab:usage',
      auto: false,
      standby: 'when-hidden',
      frequency: frequency(EVERY_MS),
      factory: () => (this._isWatched ? this._ask() : this._askLimits())
    });
  }

  /** Whether the panel is in sight: then the period is asked for too, and more often. */
  set isWatched(isWatched: boolean) {
    this._isWatched = isWatched;
    this._poll.frequency = frequency(isWatched ? WATCHED_EVERY_MS : EVERY_MS);
  }

  measure: Measure = 'cost';

  get period(): Period {
    return this._period;
  }

  /** Null before the first answer, and while another period's is awaited. */
  get usage(): IUsage | null {
    return this._usage;
  }

  /** Null before the first answer. */
  get limits(): LimitsSet | null {
    return this._limits;
  }

  /** Why the last question had no answer. */
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

  /** Ask now; never rejects. */
  async refresh(): Promise<void> {
    await this._poll.refresh();
    await this._poll.tick.catch(() => undefined);
  }

  show(measure: Measure): void {
    this.measure = measure;
    this._changed.emit();
  }

  async choose(period: Period): Promise<void> {
    this._period = period;
    this._usage = null;
    this._changed.emit();
    await this.refresh();
  }

  /** Keep the user's own limits; rejects where the server refuses them. */
  async setLimits(wanted: LimitsWanted): Promise<void> {
    this._limits = await this._api.put('/ai/limits', { body: wanted });
    this._changed.emit();
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const period = this._period;
    const range = rangeOf(period, new Date());
    await this._answered(async () => {
      // One answer by all four, which add up: four answers could be of four moments.
      const { total, items } = await this._api.get('/ai/usage', {
        query: {
          since: range.since.toISOString(),
          until: range.until.toISOString(),
          group_by: 'day,model,task,project'
        }
      });
      const limits = await this._api.get('/ai/limits');
      if (period === this._period) {
        // The server leaves out none of their members.
        this._usage = {
          period,
          days: daysOf(range),
          total: total as Totals,
          items: items as Group[]
        };
      }
      this._limits = limits;
    });
  }

  private async _askLimits(): Promise<void> {
    await this._answered(async () => {
      this._limits = await this._api.get('/ai/limits');
    });
  }

  private async _answered(ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
      this._error = null;
    } catch (error) {
      this._error = error;
      throw error;
    } finally {
      this._changed.emit();
    }
  }

  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _isWatched = false;
  private _period: Period = 'month';
  private _usage: IUsage | null = null;
  private _limits: LimitsSet | null = null;
  private _error: unknown = null;
}
