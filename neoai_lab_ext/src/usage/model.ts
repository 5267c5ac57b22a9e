import type { API, components } from '../api';
import { Polled } from '../polled';
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
export class UsageModel extends Polled {
  constructor(private readonly _api: API) {
    super('@neoai/lab:usage', frequency(EVERY_MS));
  }

  /** Whether the panel is in sight: then the period is asked for too, and more often. */
  set isWatched(isWatched: boolean) {
    this._isWatched = isWatched;
    this.poll.frequency = frequency(isWatched ? WATCHED_EVERY_MS : EVERY_MS);
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

  show(measure: Measure): void {
    this.measure = measure;
    this.emit();
  }

  async choose(period: Period): Promise<void> {
    this._period = period;
    this._usage = null;
    this.emit();
    await this.refresh();
  }

  /** Keep the user's own limits; rejects where the server refuses them. */
  async setLimits(wanted: LimitsWanted): Promise<void> {
    this._limits = await this._api.put('/ai/limits', { body: wanted });
    this.emit();
  }

  protected async ask(): Promise<void> {
    if (!this._isWatched) {
      this._limits = await this._api.get('/ai/limits');
      return;
    }
    const period = this._period;
    const range = rangeOf(period, new Date());
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
  }

  private _isWatched = false;
  private _period: Period = 'month';
  private _usage: IUsage | null = null;
  private _limits: LimitsSet | null = null;
}
