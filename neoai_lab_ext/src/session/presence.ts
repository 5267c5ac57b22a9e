import type { SessionModel } from './model';

/** What people do that shows that they are there. */
const SIGNS = ['keydown', 'pointerdown', 'wheel', 'touchstart'] as const;
/** How often the server hears of it; sooner where it would end otherwise. */
const EVERY_MS = 60_000;
const SOONER_MS = 5_000;

/** Tells the server that somebody is at work in this page. */
export class Presence {
  constructor(
    private readonly _model: SessionModel,
    private readonly _now: () => number = Date.now
  ) {}

  /** Follow what people do in a window. */
  watch(target: Pick<Window, 'addEventListener'>): void {
    for (const sign of SIGNS) {
      target.addEventListener(sign, () => this.seen(), {
        capture: true,
        passive: true
      });
    }
  }

  /** Somebody is there. */
  seen(): void {
    const isEnding = this._model.notices.some(notice => notice.can_keep);
    const every = isEnding ? SOONER_MS : EVERY_MS;
    if (!this._model.isUnderHub || this._now() - this._told < every) {
      return;
    }
    this._told = this._now();
    this._model.keep().catch(error => {
      console.warn('The server was not told that somebody works:', error);
    });
  }

  private _told = -Infinity;
}
