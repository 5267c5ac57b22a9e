import type { ISharedText } from '@jupyter/ydoc';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { apply } from '../collaboration/applying';
import { Hunks, type IHunk } from './hunks';
import { hunkNode } from './hunkview';
import type { IShown, ISurface } from './surface';
import type { IKeys, IOpenText, ITextPlace } from './texts';

/** A tab in which the part is shown. */
interface IView {
  readonly text: IOpenText;
  readonly surface: ISurface;
  /** By hunk and state. */
  readonly nodes: Map<string, HTMLElement>;
}

/** What is proposed for one text, in all tabs that show it. */
export class Part implements IDisposable {
  constructor(
    readonly place: ITextPlace,
    base: string,
    proposed: string,
    private readonly _keys: IKeys & { decided: (text: IOpenText) => void },
    private readonly _trans: TranslationBundle
  ) {
    this.hunks = new Hunks(base, proposed);
  }

  readonly hunks: Hunks;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Whether some tab shows it. */
  get isOpen(): boolean {
    return this._views.length > 0;
  }

  /** The hunk that commands are about. */
  get current(): number | null {
    return this._current;
  }

  set current(id: number | null) {
    if (id !== this._current) {
      this._current = id;
      this._draw();
    }
  }

  /** Show it in a tab; goes with the tab. */
  async show(text: IOpenText): Promise<void> {
    const { widget, shared } = text;
    if (this._attached.has(widget)) {
      return;
    }
    this._attached.add(widget);
    this._follow(shared);
    const surface = await text.surface(this._keys);
    if (!surface || this._isDisposed || widget.isDisposed) {
      this._attached.delete(widget);
      surface?.dispose();
      return;
    }
    const view: IView = { text, surface, nodes: new Map() };
    this._views.push(view);
    widget.disposed.connect(() => this._leave(view));
    this._draw();
  }

  /** The hunk at the cursor of a tab, else the next one below it, else the first. */
  nearest(text: IOpenText | null): IHunk | null {
    const { undecided } = this.hunks;
    const view = this._viewOf(text);
    const line = view?.surface.line ?? 0;
    return (
      undecided.find(
        hunk => hunk.line + Math.max(hunk.removed.length, 1) > line
      ) ??
      undecided.at(0) ??
      null
    );
  }

  /** Bring a hunk into view. */
  reveal(id: number, text: IOpenText): void {
    const hunk = this.hunks.get(id);
    this.current = id;
    if (hunk) {
      this._viewOf(text)?.surface.reveal(hunk.line, hunk.removed.length);
    }
  }

  /** Make these changes as one step of undo; those that do not apply stay. */
  accept(ids: readonly number[], text: IOpenText): void {
    if (text.isReadOnly) {
      Notification.warning(
        this._trans.__('%1 can only be read.', this.place.path)
      );
      return;
    }
    const { shared, widget } = text;
    let now = shared.getSource();
    for (const id of ids) {
      now = this.hunks.accept(id, now) ?? now;
    }
    apply(shared, now);
    // Without it nothing would be saved where nobody else is connected.
    widget.context.model.dirty = true;
    this._settled();
  }

  reject(ids: readonly number[]): void {
    ids.forEach(id => this.hunks.reject(id));
    this._settled();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._views.forEach(({ surface }) => {
      surface.show([]);
      surface.dispose();
    });
    this._shared?.changed.disconnect(this._onText, this);
    Signal.clearData(this);
  }

  private _follow(shared: ISharedText): void {
    if (this._shared !== shared) {
      this._shared?.changed.disconnect(this._onText, this);
      this._shared = shared;
      shared.changed.connect(this._onText, this);
      this.hunks.follow(shared.getSource());
    }
  }

  private _onText(): void {
    if (this._isPending) {
      return;
    }
    // Once for all that one turn brings: a paste, or another's changes.
    this._isPending = true;
    queueMicrotask(() => {
      this._isPending = false;
      if (!this._isDisposed && this._shared) {
        this.hunks.follow(this._shared.getSource());
        this._settled();
      }
    });
  }

  private _settled(): void {
    if (this._current !== null) {
      const state = this.hunks.get(this._current)?.state;
      if (state === 'accepted' || state === 'rejected') {
        this._current = null;
      }
    }
    this._draw();
    this._changed.emit();
  }

  private _draw(): void {
    for (const view of this._views) {
      view.surface.show(
        this.hunks.undecided.map(hunk => this._shown(hunk, view))
      );
    }
  }

  private _shown(hunk: IHunk, view: IView): IShown {
    const key = `${hunk.id} ${hunk.state}`;
    let node = view.nodes.get(key);
    if (!node) {
      node = hunkNode(
        hunk,
        {
          accept: () => {
            this.accept([hunk.id], view.text);
            this._keys.decided(view.text);
          },
          reject: () => {
            this.reject([hunk.id]);
            this._keys.decided(view.text);
          },
          paint: (where, text) => view.surface.paint(where, text)
        },
        this._trans
      );
      view.nodes.set(key, node);
    }
    const isCurrent = hunk.id === this._current;
    node.classList.toggle('neoai-mod-current', isCurrent);
    return {
      id: hunk.id,
      line: hunk.line,
      removed: hunk.removed.length,
      isStale: hunk.state === 'stale',
      isCurrent,
      node
    };
  }

  private _viewOf(text: IOpenText | null): IView | undefined {
    return (
      this._views.find(view => view.text.widget === text?.widget) ??
      this._views.at(0)
    );
  }

  private _leave(view: IView): void {
    this._attached.delete(view.text.widget);
    this._views = this._views.filter(other => other !== view);
    view.surface.dispose();
    if (this._views.length === 0) {
      this._shared?.changed.disconnect(this._onText, this);
      this._shared = null;
    }
  }

  private readonly _attached = new Set<object>();
  private readonly _changed = new Signal<this, void>(this);
  private _current: number | null = null;
  private _isDisposed = false;
  private _isPending = false;
  private _shared: ISharedText | null = null;
  private _views: IView[] = [];
}
