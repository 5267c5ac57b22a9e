import { Poll } from '@lumino/polling';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';

type Session = components['schemas']['Session'];
export type Announcement = components['schemas']['Announcement'];
type SessionNotice = components['schemas']['SessionNotice'];

/** Where events may be missed, as a line to the server breaks, it is asked this often. */
const EVERY_MS = 60_000;

/** What is going to end the server, by this page's clock. */
export interface INotice extends Omit<SessionNotice, 'left_s'> {
  readonly endsAt: number;
}

/** How the server stands with its hub. Without a hub it is asked once, and nothing more. */
export class SessionModel {
  constructor(
    private readonly _api: API,
    private readonly _now: () => number = Date.now
  ) {
    // Not only while the page is in sight: what ends the server ends hidden pages, too.
    this._poll = new Poll({
      name: '@neoai/lab:session',
      auto: false,
      standby: 'never',
      frequency: { interval: EVERY_MS, backoff: true, max: 5 * EVERY_MS },
      factory: async () => this._take(await this._api.get('/session'))
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether there is a hub that can end the server. */
  get isUnderHub(): boolean {
    return this._isUnderHub;
  }

  /** The soonest end first. */
  get notices(): readonly INotice[] {
    return this._notices;
  }

  /** What the hub's admins and teachers have announced, the newest first. */
  get announcements(): readonly Announcement[] {
    return this._announcements;
  }

  /** Under which name everything is to be saved now; empty where it need not. */
  get save(): string {
    return this._save;
  }

  /** Ask now. */
  async refresh(): Promise<void> {
    await this._poll.refresh();
    await this._poll.tick.catch(() => undefined);
    if (!this._isUnderHub) {
      await this._poll.stop();
    }
  }

  /** Tell the server that somebody is at work; rejects where it does not answer. */
  async keep(): Promise<void> {
    this._take(await this._api.post('/session/activity'));
  }

  /** Tell the server that this page begins to save, or has. */
  async saves(
    id: string,
    page: string,
    unsaved: readonly string[] | null
  ): Promise<void> {
    await this._api.post('/session/saves/{save_id}', {
      path: { save_id: id },
      body: { page, done: unsaved !== null, unsaved: [...(unsaved ?? [])] }
    });
  }

  private _take(session: Session): void {
    const now = this._now();
    this._isUnderHub = session.hub;
    this._save = session.save;
    this._announcements = session.announcements;
    this._notices = session.notices.map(({ left_s, ...notice }) => ({
      ...notice,
      endsAt: now + 1000 * left_s
    }));
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _poll: Poll;
  private _isUnderHub = false;
  private _announcements: readonly Announcement[] = [];
  private _notices: readonly INotice[] = [];
  private _save = '';
}
