import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';

import { API } from '../api';
import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { IProjects } from '../projects';
import { Asking, type IEdited, type IOpenText, LONGEST } from './asking';
import { Follower } from './follower';
import type { IOffer, Offers } from './offers';
import { Recents } from './recents';
import type { INextEditSettings } from './settings';

/** In milliseconds: an edit has settled when nothing was typed for so long. */
const SETTLED_AFTER = 400;
/** So long no model is asked again after none could fill anything in. */
const PAUSE = 300_000;
const FILLED = 3;
/** In UTF-16 units, all unsaved files together. */
const LONGEST_OPEN = 2_000_000;

export interface IFeatureOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  projects: IProjects | null;
  offers: Offers;
  settings: () => INextEditSettings;
  trans: TranslationBundle;
}

/** All of next edits that needs Monaco; fetched when the first editor is there. */
export class Feature {
  constructor(private readonly _options: IFeatureOptions) {
    const { app, opener, projects } = _options;
    const api = new API(app.serviceManager.serverSettings);
    this._asking = new Asking(api, projects);
    opener.tracker.forEach(widget => void this._follow(widget));
    opener.tracker.widgetAdded.connect(
      (_, widget) => void this._follow(widget)
    );
    opener.tracker.currentChanged.connect(() =>
      this._followers.forEach(follower => follower.show())
    );
  }

  /** Go to the place that is offered; accept it where the cursor is there already. */
  async go(): Promise<void> {
    const { offers, opener } = this._options;
    let offer = offers.current;
    if (!offer) {
      return;
    }
    let follower = this._inFront();
    if (follower?.path !== offer.path) {
      const widget = await opener.open(offer.path, offer.range.startLineNumber);
      follower = widget && (await this._follow(widget));
      if (!follower) {
        offers.done(offer);
        return;
      }
      // A model may have filled it in meanwhile.
      offer = offers.current;
      if (offer?.path !== follower.path) {
        return;
      }
      follower.goTo(offer);
    } else if (!follower.isAt(offer)) {
      follower.goTo(offer);
    } else if (offer.new !== null) {
      this._accept(follower, offer);
      return;
    }
    if (offer.new === null && this._isFilling) {
      return; // What is to stand there is on its way.
    }
    if (offer.new === null) {
      follower.goTo(offer);
      offers.done(offer);
    }
    follower.show();
  }

  skip(): void {
    this._options.offers.skip();
  }

  /** Offer nothing of what was edited so far. */
  dismiss(): void {
    this._stop();
    this._recents.clear();
    for (const follower of this._followers.values()) {
      follower.settle();
    }
    this._options.offers.clear();
  }

  private async _follow(widget: NeoAIEditorWidget): Promise<Follower | null> {
    const view = await widget.content.ready;
    if (widget.isDisposed || view.isDisposed) {
      return null;
    }
    const known = this._followers.get(widget);
    if (known && !known.isDisposed) {
      return known;
    }
    const { offers, trans } = this._options;
    const follower: Follower = new Follower({
      widget,
      view,
      offers,
      recents: this._recents,
      trans,
      path: () => widget.context.localPath,
      isFirst: () => this._followerOf(follower.path) === follower,
      isAccepting: () => this._isAccepting,
      isInFront: () => this._options.opener.tracker.currentWidget === widget,
      edited: () => this._edited(follower),
      go: () => void this.go().catch(error => console.warn(error)),
      skip: () => this.skip(),
      dismiss: () => this.dismiss()
    });
    this._followers.set(widget, follower);
    widget.disposed.connect(() => {
      follower.dispose();
      this._followers.delete(widget);
    });
    return follower;
  }

  private _inFront(): Follower | null {
    const widget = this._options.opener.tracker.currentWidget;
    return (widget && this._followers.get(widget)) ?? null;
  }

  private _edited(follower: Follower): void {
    this._stop();
    if (this._options.settings().enabled) {
      this._waiting = setTimeout(() => void this._ask(follower), SETTLED_AFTER);
    }
  }

  private _stop(): void {
    clearTimeout(this._waiting);
    this._request?.abort();
    this._request = null;
    this._isFilling = false;
  }

  private async _ask(follower: Follower): Promise<void> {
    const edited = this._edits(follower);
    const { offers, settings } = this._options;
    if (edited.length === 0) {
      offers.clear();
      return;
    }
    const request = new AbortController();
    this._request = request;
    try {
      const open = this._open(edited);
      const found = await this._asking.ask(edited, open, 0, request.signal);
      const wanted = found.offers.filter(
        ({ path }) => settings().otherFiles || path === follower.path
      );
      offers.replace(wanted, true);
      if (wanted.some(offer => offer.new === null) && this._mayFill()) {
        this._isFilling = true;
        const filled = await this._asking.ask(
          edited,
          open,
          FILLED,
          request.signal
        );
        this._isFilling = false;
        if (filled.problem) {
          this._pausedUntil = Date.now() + PAUSE;
        }
        offers.fill(filled.offers);
      }
    } catch (error) {
      if (!request.signal.aborted) {
        this._isFilling = false;
        console.warn('The next edits could not be asked for.', error);
      }
    }
  }

  private _mayFill(): boolean {
    return this._options.settings().fill && Date.now() > this._pausedUntil;
  }

  /** The files that were edited lately and still differ, the one in front first. */
  private _edits(front: Follower): IEdited[] {
    const edited: IEdited[] = [];
    for (const path of [front.path, ...this._recents.paths]) {
      const follower = this._followerOf(path);
      const before = this._recents.before(path);
      if (
        !follower ||
        before === null ||
        edited.some(each => each.path === path) ||
        follower.model.getValueLength() > LONGEST
      ) {
        continue;
      }
      const after = follower.model.getValue();
      const language = follower.model.getLanguageId();
      if (after !== before) {
        edited.push({ path, before, after, language });
      } else if (follower === front) {
        return [];
      }
    }
    return edited;
  }

  /** Other files with edits that are not saved. */
  private _open(edited: readonly IEdited[]): IOpenText[] {
    const open: IOpenText[] = [];
    let left = LONGEST_OPEN;
    for (const { widget, model, path } of this._followers.values()) {
      left -= model.getValueLength();
      const isKnown = [...edited, ...open].some(each => each.path === path);
      if (widget.context.model.dirty && !isKnown && left > 0) {
        open.push({ path, text: model.getValue() });
      }
    }
    return open;
  }

  private _followerOf(path: string): Follower | null {
    for (const follower of this._followers.values()) {
      if (follower.path === path) {
        return follower;
      }
    }
    return null;
  }

  /** Put what is offered in its place; what stands after it moves along. */
  private _accept(follower: Follower, offer: IOffer): void {
    const { offers } = this._options;
    this._isAccepting = true;
    let isThere: boolean;
    try {
      isThere = follower.accept(offer);
    } finally {
      this._isAccepting = false;
    }
    offers.done(offer);
    if (isThere) {
      const text = offer.new ?? '';
      offers.edited(offer.path, [{ range: offer.range, text }]);
    }
  }

  private readonly _asking: Asking;
  private readonly _followers = new Map<NeoAIEditorWidget, Follower>();
  private readonly _recents = new Recents();
  private _isAccepting = false;
  private _isFilling = false;
  private _pausedUntil = 0;
  private _request: AbortController | null = null;
  private _waiting: ReturnType<typeof setTimeout> | undefined;
}
