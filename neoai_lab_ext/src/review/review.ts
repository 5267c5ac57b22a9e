import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import { ReviewBar } from './bar';
import type { IHunk } from './hunks';
import { Part } from './part';
import type { IOpenText, Texts } from './texts';
import type { ICounts, IProposal, IRemark, IReview } from './tokens';

interface IOptions {
  title: string;
  remarks: readonly IRemark[];
  texts: Texts;
  trans: TranslationBundle;
}

/** The proposed changes of one or several texts, until all are decided on. */
export class Review implements IReview {
  constructor(private readonly _options: IOptions) {}

  get title(): string {
    return this._options.title;
  }

  get remarks(): readonly IRemark[] {
    return this._options.remarks;
  }

  readonly parts: Part[] = [];

  get counts(): ICounts {
    const counts: ICounts = { open: 0, stale: 0, accepted: 0, rejected: 0 };
    for (const { hunks } of this.parts) {
      hunks.items.forEach(({ state }) => counts[state]++);
    }
    return counts;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  get finished(): Promise<ICounts> {
    return this._finished.promise;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** What a part is called in a list. */
  nameOf({ place }: Part): string {
    const { texts, trans } = this._options;
    const name = place.path.split('/').pop() ?? place.path;
    if (place.cell === undefined) {
      return name;
    }
    const number = texts.numberOf(place);
    return number ? trans.__('%1, cell %2', name, number) : name;
  }

  /** Take a proposal in; false where it changes nothing. Rejects where it cannot be opened. */
  async add(proposal: IProposal): Promise<boolean> {
    const { texts, trans } = this._options;
    const { path, cell, proposed } = proposal;
    const place = { path, cell };
    let { base } = proposal;
    let text = texts.all(place).at(0);
    if (base === undefined) {
      text ??= await texts.open(place);
      base = text.shared.getSource();
    }
    const part = new Part(
      place,
      base,
      proposed,
      {
        next: () => void this.go(1),
        previous: () => void this.go(-1),
        decided: text => void this._goOn(text)
      },
      trans
    );
    if (part.hunks.items.length === 0) {
      part.dispose();
      return false;
    }
    part.changed.connect(() => this._update());
    this.parts.push(part);
    for (const each of texts.all(place)) {
      await part.show(each);
      this._addBar(each.widget);
    }
    return true;
  }

  /** Show what it has of a document in a tab that was opened just now. */
  async attach(widget: IDocumentWidget): Promise<void> {
    for (const part of this._partsIn(widget)) {
      const text = this._options.texts.of(widget, part.place);
      if (text) {
        await part.show(text);
        this._addBar(widget);
      }
    }
  }

  /** Whether it has something undecided for what a tab shows. */
  isIn(widget: IDocumentWidget | null): boolean {
    return (
      !!widget &&
      this._partsIn(widget).some(({ hunks }) => hunks.undecided.length > 0)
    );
  }

  /** Go to the next or the previous hunk, over all texts; 0: to the nearest that is left. */
  async go(step: 1 | -1 | 0): Promise<void> {
    const left = this.parts.flatMap(part =>
      part.hunks.undecided.map(hunk => ({ part, hunk }))
    );
    if (left.length === 0) {
      return;
    }
    const here = this._here();
    let at = left.findIndex(
      ({ part, hunk }) => part === here?.part && hunk === here.hunk
    );
    const isThere = at >= 0 && here?.part.current === here?.hunk.id;
    if (at < 0) {
      at = 0;
    } else if (step !== 0 && (isThere || step < 0)) {
      at = (at + step + left.length) % left.length;
    }
    const { part, hunk } = left[at];
    await this._reveal(part, hunk);
  }

  /** After a decision by a button, which is gone: the keyboard to what is left, or the text. */
  private async _goOn(text: IOpenText): Promise<void> {
    const { open, stale } = this.counts;
    await (open + stale > 0 ? this.go(0) : text.activate());
  }

  /** Go to the first hunk of a part. */
  async goTo(part: Part): Promise<void> {
    const hunk = part.hunks.undecided.at(0);
    if (hunk) {
      await this._reveal(part, hunk);
    }
  }

  /** Decide on the hunk at the cursor, and go to the next. */
  async decide(decision: 'accept' | 'reject'): Promise<void> {
    const here = this._here();
    if (!here) {
      return this.go(0);
    }
    const { part, hunk, text } = here;
    if (decision === 'accept') {
      part.accept([hunk.id], text);
    } else {
      part.reject([hunk.id]);
    }
    await this.go(0);
  }

  async acceptAll(parts: readonly Part[] = this.parts): Promise<void> {
    for (const part of parts) {
      const ids = part.hunks.undecided.map(({ id }) => id);
      if (ids.length === 0) {
        continue;
      }
      try {
        const text = await this._options.texts.open(part.place);
        await part.show(text);
        part.accept(ids, text);
      } catch (error) {
        Notification.error(
          error instanceof Error ? error.message : String(error)
        );
      }
    }
    const { stale } = this.counts;
    if (stale > 0) {
      Notification.warning(
        this._options.trans._n(
          '%1 change no longer applies, and was not made.',
          '%1 changes no longer apply, and were not made.',
          stale
        )
      );
    }
  }

  rejectAll(parts: readonly Part[] = [...this.parts]): void {
    for (const part of parts) {
      part.reject(part.hunks.undecided.map(({ id }) => id));
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._finished.resolve(this.counts);
    this.parts.forEach(part => part.dispose());
    this._bars.forEach(bar => bar.dispose());
    this._disposed.emit();
    Signal.clearData(this);
  }

  private async _reveal(part: Part, hunk: IHunk): Promise<void> {
    try {
      const text = await this._options.texts.open(part.place);
      await part.show(text);
      this._addBar(text.widget);
      const inFront = this._options.texts
        .all(part.place)
        .find(({ widget }) => widget === this._options.texts.current);
      const target = inFront ?? text;
      await target.activate();
      for (const other of this.parts) {
        if (other !== part) {
          other.current = null;
        }
      }
      part.reveal(hunk.id, target);
      this._update();
    } catch (error) {
      Notification.error(
        error instanceof Error ? error.message : String(error)
      );
    }
  }

  /** The hunk that is meant: the current one, else the nearest to the cursor in the front tab. */
  private _here(): { part: Part; hunk: IHunk; text: IOpenText } | null {
    const { texts } = this._options;
    const widget = texts.current;
    const parts = widget ? this._partsIn(widget) : [];
    const part =
      parts.find(({ current }) => current !== null) ??
      parts.find(
        each =>
          each.hunks.undecided.length > 0 &&
          each.place.cell === texts.currentCell
      ) ??
      parts.find(({ hunks }) => hunks.undecided.length > 0);
    const text = part && widget ? texts.of(widget, part.place) : null;
    if (!part || !text) {
      return null;
    }
    const hunk =
      (part.current !== null ? part.hunks.get(part.current) : null) ??
      part.nearest(text);
    return hunk ? { part, hunk, text } : null;
  }

  private _partsIn(widget: IDocumentWidget): Part[] {
    const path = widget.context.localPath;
    return this.parts.filter(
      ({ place }) => place.path === path || place.path === widget.context.path
    );
  }

  private _addBar(widget: IDocumentWidget): void {
    if (!this._bars.has(widget) && !widget.isDisposed) {
      const bar = new ReviewBar(this, widget, this._options.trans);
      this._bars.set(widget, bar);
      widget.disposed.connect(() => {
        bar.dispose();
        this._bars.delete(widget);
      });
    }
  }

  private _update(): void {
    if (this._isDisposed) {
      return;
    }
    this._changed.emit();
    const { open, stale } = this.counts;
    if (open + stale === 0) {
      this.dispose();
    }
  }

  private readonly _bars = new Map<IDocumentWidget, ReviewBar>();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _disposed = new Signal<this, void>(this);
  private readonly _finished = new PromiseDelegate<ICounts>();
  private _isDisposed = false;
}
