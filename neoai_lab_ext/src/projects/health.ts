import type { API, components } from '../api';
import { Polled } from '../polled';

/** What the server says of its parts. */
export type Health = components['schemas']['Health'];

/** Asks the server from time to time how it is. */
export class HealthWatch extends Polled {
  constructor(private readonly _api: API) {
    super('@neoai/lab:health', {
      interval: 60_000,
      backoff: true,
      max: 300_000
    });
  }

  /** The last answer; null before the first one, and where the server gave none. */
  get health(): Health | null {
    return this._health;
  }

  /** Seconds from one question to the next. */
  set interval(seconds: number) {
    this.poll.frequency = {
      interval: seconds * 1000,
      backoff: true,
      max: seconds * 5000
    };
  }

  protected async ask(): Promise<void> {
    try {
      this._health = await this._api.get('/health');
    } catch (error) {
      this._health = null;
      throw error;
    }
  }

  private _health: Health | null = null;
}
