import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { API } from '../api';
import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { INeoAILanguageServers } from '../languageservers';
import type { IProjects } from '../projects';
import { Asking, type IEdited, LONGEST, unsaved } from './asking';
import { undoubted } from './doubts';
import { Follower } from './follower';
import type { IChange, IOffer, Offers } from './offers';
import { Recents } from './recents';
import type { INextEditSettings } from './settings';
import { Since } from './since';
import type { INaming, ISurface } from './surface';
import { ToldNames } from './told';

/** In milliseconds: an edit has settled when nothing was typed for so long. */
const SETTLED_AFTER = 400;
/** So long no model is asked again after none could fill anything in. */
const PAUSE = 300_000;
const FILLED = 3;

export interface IFeatureOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  projects: IProjects | null;
  servers: INeoAILanguageServers | null;
  offers: Offers;
  settings: () => INextEditSettings;
  trans: TranslationBundle;
}

interface IEdit {
  path: string;
  changes: readonly IChange[];
}

/** All of next edits that needs an editor; fetched when the first one is there. */
export class Feature {
  constructor(private readonly _options: IFeatureOptions) {
    const { app, projects } = _options;
    const api = new API(app.serviceManager.serverSettings);
    this._asking = new Asking(api, projects);
    app.shell.currentChanged?.connect(() =>
      this._followers.forEach(follower => follower.show())
    );
  }

  /** Follow what is edited in Monaco, or in JupyterLab's notebooks and files. */
  async follow(widget: IDocumentWidget): Promise<Follower | null> {
    let made = this._made.get(widget);
    if (!made) {
      made = this._surfaceOf(widget).then(
        surface => surface && this._add(surface)
      );
      this._made.set(widget, made);
    }
    return made;
  }

  /** Go to the place that is offered; accept it where the cursor is there already. */
  async go(): Promise<void> {
    const { offers } = this._options;
    let offer = offers.current;
    if (!offer) {
      return;
    }
    let follower = this._inFront();
    if (follower?.path !== offer.path) {
      follower = await this._open(offer);
      if (!follower) {
        offers.done(offer);
        return;
      }
      // A model may have filled it in meanwhile.
      offer = offers.current;
      if (offer?.path !== follower.path) {
        return;
      }
      await follower.goTo(offer);
    } else if (!follower.isAt(offer)) {
      await follower.goTo(offer);
    } else if (offer.new !== null) {
      this._accept(follower, offer);
      return;
    }
    if (offer.new === null && this._isFilling) {
      return; // What is to stand there is on its way.
    }
    if (offer.new === null) {
      await follower.goTo(offer);
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
    this._told.clear();
    for (const follower of this._followers) {
      follower.settle();
    }
    this._options.offers.clear();
  }

  private async _surfaceOf(widget: IDocumentWidget): Promise<ISurface | null> {
    const { app, servers, trans } = this._options;
    const actions = {
      go: () => void this.go().catch(error => console.warn(error)),
      skip: () => this.skip(),
      dismiss: () => this.dismiss()
    };
    if (widget.content.hasClass('neoai-Editor')) {
      const monacos = widget as NeoAIEditorWidget;
      const view = await monacos.content.ready;
      const { MonacoSurface } = await import('./monacosurface');
      return widget.isDisposed || view.isDisposed
        ? null
        : new MonacoSurface({
            ...actions,
            app,
            widget: monacos,
            view,
            servers,
            trans
          });
    }
    await widget.context.ready;
    const { CellSurface } = await import('./cellsurface');
    return widget.isDisposed
      ? null
      : new CellSurface({ app, widget, go: actions.go, trans });
  }

  private _add(surface: ISurface): Follower {
    const { offers, trans } = this._options;
    const follower: Follower = new Follower({
      surface,
      offers,
      recents: this._recents,
      trans,
      isFirst: () => this._followerOf(follower.path) === follower,
      isAccepting: () => this._accepted !== null,
      nameOf: offer => this._nameOf(offer),
      named: naming => void this._begin(follower, naming),
      changed: changes => this._changed({ path: follower.path, changes }),
      edited: () => this._edited(follower)
    });
    this._followers.add(follower);
    return follower;
  }

  private async _open(offer: IOffer): Promise<Follower | null> {
    const known = this._followerOf(offer.path);
    if (known) {
      known.surface.activate();
      return known;
    }
    const { opener, offers, trans } = this._options;
    const { path, range } = offer;
    try {
      const widget = await opener.open(path, range.startLineNumber);
      return widget && (await this.follow(widget));
    } catch (error) {
      // It may be gone, renamed or no text.
      const reason = error instanceof Error ? error.message : String(error);
      offers.drop(path);
      this._say(trans.__('%1 was not opened. %2', path, reason));
      return null;
    }
  }

  private _say(text: string): void {
    Notification.warning(text, { autoClose: 6000 });
  }

  /** How people call a place in another text than the one in front. */
  private _nameOf({ path, range }: IOffer): string {
    const name = path.split('/').pop() ?? path;
    return (
      this._followerOf(path)?.surface.placeName(range, name) ??
      `${name}:${range.startLineNumber}`
    );
  }

  private _inFront(): Follower | null {
    for (const follower of this._followers) {
      if (!follower.isDisposed && follower.surface.isInFront) {
        return follower;
      }
    }
    return null;
  }

  /** Keep what a language server says; what it says late is taken into account then. */
  private async _begin(follower: Follower, naming: INaming): Promise<void> {
    if (!this._options.settings().enabled) {
      return;
    }
    const isTold = await this._told.begin(follower.path, naming);
    const isEdited = this._recents.before(follower.path) !== null;
    if (isTold && isEdited && this._waiting === undefined) {
      // What was seen to since counts.
      this._stop();
      await this._ask(follower, false);
    }
  }

  private _edited(follower: Follower): void {
    this._stop();
    if (this._options.settings().enabled) {
      this._askSoon(follower, true);
    }
  }

  private _askSoon(follower: Follower, isAnew: boolean): void {
    this._waiting = setTimeout(() => {
      this._waiting = undefined;
      void this._ask(follower, isAnew);
    }, SETTLED_AFTER);
  }

  private _stop(): void {
    clearTimeout(this._waiting);
    this._waiting = undefined;
    this._request?.abort();
    this._request = null;
    this._since = null;
    this._isFilling = false;
  }

  /** `isAnew`: after an edit; else with what is known by now. */
  private async _ask(follower: Follower, isAnew: boolean): Promise<void> {
    const edited = this._edits(follower);
    const { offers, settings } = this._options;
    if (edited.length === 0) {
      offers.clear();
      return;
    }
    const request = new AbortController();
    this._request = request;
    const since = (this._since = new Since());
    const { signal } = request;
    try {
      const surfaces = this._alive().map(({ surface }) => surface);
      const open = unsaved(surfaces, edited);
      const found = await this._asking.ask(edited, open, 0, signal);
      const mine = await undoubted(follower.surface, found.offers);
      if (signal.aborted) {
        return;
      }
      if (since.concerns([...edited, ...open, ...mine])) {
        // Somebody has edited or accepted meanwhile: these are places of texts that are no more.
        this._askSoon(follower, isAnew);
        return;
      }
      const wanted = mine.filter(
        ({ path }) => settings().otherFiles || path === follower.path
      );
      if (offers.replace(wanted, isAnew)) {
        this._alive().forEach(({ left }) => left.release());
        follower.left.claim();
      }
      if (wanted.some(offer => offer.new === null) && this._mayFill()) {
        this._isFilling = true;
        const filled = await this._asking.ask(edited, open, FILLED, signal);
        this._isFilling = false;
        if (filled.problem) {
          this._pausedUntil = Date.now() + PAUSE;
        }
        // The places have moved along with edits since; no model is asked again for that.
        offers.fill(since.moved(filled.offers));
      }
    } catch (error) {
      if (!signal.aborted) {
        this._isFilling = false;
        console.warn('The next edits could not be asked for.', error);
      }
    } finally {
      if (this._since === since) {
        this._since = null;
      }
    }
  }

  private _mayFill(): boolean {
    return this._options.settings().fill && Date.now() > this._pausedUntil;
  }

  /** The texts that were edited lately and still differ, the one in front first. */
  private _edits(front: Follower): IEdited[] {
    const edited: IEdited[] = [];
    for (const path of [front.path, ...this._recents.paths]) {
      const surface = this._followerOf(path)?.surface;
      const before = this._recents.before(path);
      if (
        !surface ||
        before === null ||
        edited.some(each => each.path === path) ||
        surface.length > LONGEST
      ) {
        continue;
      }
      const after = surface.text();
      const { language } = surface;
      if (after !== before) {
        const told = this._told.of(path);
        edited.push({ path, before, after, language, told });
      } else if (surface === front.surface) {
        return [];
      }
    }
    return edited;
  }

  private _followerOf(path: string): Follower | null {
    for (const follower of this._alive()) {
      if (follower.path === path) {
        return follower;
      }
    }
    return null;
  }

  private _alive(): Follower[] {
    for (const follower of this._followers) {
      if (follower.isDisposed) {
        follower.dispose();
        this._followers.delete(follower);
      }
    }
    return [...this._followers];
  }

  /** Put what is offered in its place; what stands after it moves along. */
  private _accept(follower: Follower, offer: IOffer): void {
    const { offers, trans } = this._options;
    const accepted: IEdit[] = (this._accepted = []);
    let isThere: boolean;
    try {
      isThere = follower.accept(offer);
    } finally {
      this._accepted = null;
    }
    offers.done(offer);
    accepted.forEach(edit => this._move(edit));
    if (!isThere) {
      const place = this._nameOf(offer);
      this._say(
        trans.__(
          '%1 was left as it is: it is read-only, or reads otherwise now.',
          place
        )
      );
    }
  }

  /** A text was edited; what is accepted moves other places once its own is done. */
  private _changed(edit: IEdit): void {
    this._since?.note(edit.path, edit.changes);
    if (this._accepted) {
      this._accepted.push(edit);
    } else {
      this._move(edit);
    }
  }

  private _move({ path, changes }: IEdit): void {
    this._options.offers.edited(path, changes);
    this._told.edited(path, changes);
  }

  private readonly _asking: Asking;
  private readonly _followers = new Set<Follower>();
  private readonly _made = new WeakMap<Widget, Promise<Follower | null>>();
  private readonly _recents = new Recents();
  private readonly _told = new ToldNames();
  /** What becomes of the texts while what is offered is put in its place. */
  private _accepted: IEdit[] | null = null;
  private _isFilling = false;
  private _pausedUntil = 0;
  private _request: AbortController | null = null;
  private _since: Since | null = null;
  private _waiting: ReturnType<typeof setTimeout> | undefined;
}
