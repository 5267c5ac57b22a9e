import type { TranslationBundle } from '@jupyterlab/translation';

import { LONGEST } from './asking';
import { Left } from './left';
import {
  type IChange,
  type IOffer,
  isWithin,
  type Offers,
  seenAt
} from './offers';
import type { Recents } from './recents';
import {
  type IEditing,
  type IHint,
  type INaming,
  type ISurface,
  TAB
} from './surface';

export namespace Follower {
  export interface IOptions {
    surface: ISurface;
    offers: Offers;
    recents: Recents;
    trans: TranslationBundle;
    /** Whether it is this editor, of several of a text, that tells of edits. */
    isFirst: () => boolean;
    /** Whether what is offered is being put in its place. */
    isAccepting: () => boolean;
    /** How people call a place of another text. */
    nameOf: (offer: IOffer) => string;
    /** A definition's name, or its parameters, begin to be edited. */
    named: (naming: INaming) => void;
    /** The text has changed. */
    changed: (changes: readonly IChange[]) => void;
    /** The user has edited the text. */
    edited: () => void;
  }
}

/** One text: what is edited in it, and what it shows of the places that are offered. */
export class Follower {
  constructor(private readonly _options: Follower.IOptions) {
    const { surface, offers } = _options;
    this.surface = surface;
    this.left = new Left(surface);
    this.settle();
    offers.changed.connect(this.show, this);
    surface.moved.connect(this.show, this);
    surface.named?.connect(this._onNamed, this);
    surface.edited.connect(this._onEdited, this);
  }

  readonly surface: ISurface;
  readonly left: Left;

  get path(): string {
    return this.surface.path;
  }

  get isDisposed(): boolean {
    return this.surface.isDisposed;
  }

  /** The text as it is now is what later edits are compared with. */
  settle(): void {
    const { surface } = this;
    this._text = surface.length <= LONGEST ? surface.text() : null;
  }

  /** Show what is offered now, soon: what has told of it may be in the midst of an update. */
  show(): void {
    if (!this._isShowing) {
      this._isShowing = true;
      queueMicrotask(() => {
        this._isShowing = false;
        if (!this.isDisposed) {
          this._show();
        }
      });
    }
  }

  /** Whether the cursor is in the line of a place. */
  isAt({ path, range }: IOffer): boolean {
    const line = this.surface.cursor?.lineNumber ?? 0;
    return (
      path === this.path &&
      range.startLineNumber <= line &&
      line <= range.endLineNumber
    );
  }

  /** Put the cursor behind a place, within parentheses that are to be filled in, in view. */
  async goTo({ range, old, new: text }: IOffer): Promise<void> {
    const { lineNumber, column } = seenAt(range);
    const isInside = text === null && old.endsWith(')');
    await this.surface.goTo({
      lineNumber,
      column: column - (isInside ? 1 : 0)
    });
    this._leave();
  }

  /** Put what is offered in its place, as one step of undo; false where something else is there. */
  accept(offer: IOffer): boolean {
    const { surface } = this;
    const { range, old, new: text } = offer;
    if (
      text === null ||
      surface.isReadOnly ||
      surface.textIn(range) !== old ||
      !surface.replace(range, old, text)
    ) {
      return false;
    }
    this._leave();
    return true;
  }

  dispose(): void {
    const { offers } = this._options;
    offers.changed.disconnect(this.show, this);
    this.surface.dispose();
  }

  /** Tab goes on from where the cursor is now. */
  private _leave(): void {
    this.left.typed();
    this.left.claim();
  }

  private _show(): void {
    const { surface } = this;
    const { current, items } = this._options.offers;
    const isOffered = current !== null && surface.isInFront;
    const takesTab = isOffered && this._takesTab(current);
    const hint = isOffered ? this._hint(current, takesTab) : null;
    surface.show({ items, current, hint, takesTab });
  }

  private _hint(offer: IOffer, takesTab: boolean): IHint | null {
    const { surface } = this;
    const { offers, trans } = this._options;
    const { cursor } = surface;
    if (!cursor) {
      return null;
    }
    const isSeen = offer.path === this.path && surface.isInView(offer.range);
    return {
      position: isSeen ? seenAt(offer.range) : cursor,
      key: takesTab ? TAB : trans.__('Click'),
      text: this._says(offer, isSeen),
      count: trans.__('%1 of %2', offers.number, offers.count),
      title: trans.__('%1. Alt+S skips it, Escape dismisses all.', offer.reason)
    };
  }

  private _says(offer: IOffer, isSeen: boolean): string {
    const { trans, nameOf } = this._options;
    if (offer.path !== this.path) {
      return trans.__('to %1', nameOf(offer));
    }
    if (!isSeen) {
      return trans.__('to %1', this.surface.placeName(offer.range, ''));
    }
    if (!this.isAt(offer)) {
      return trans.__('to go there');
    }
    return offer.new === null
      ? trans.__('to see to it')
      : trans.__('to accept');
  }

  /**
   * Whether Tab is for the place. It indents at the beginning of a line other than the place's; where
   * it would suggest names it does so, but for the place itself and where the cursor was left.
   */
  private _takesTab(offer: IOffer): boolean {
    const { cursor, suggestsAtTab } = this.surface;
    if (!cursor) {
      return false;
    }
    if (offer.path === this.path && isWithin(offer.range, cursor)) {
      return true;
    }
    const line = this.surface.lineAt(cursor.lineNumber);
    const before = line.slice(0, cursor.column - 1);
    if (suggestsAtTab && (!this.left.isThere || before.endsWith('.'))) {
      return false;
    }
    return this.isAt(offer) || before.trim() !== '';
  }

  private _onNamed(_: unknown, naming: INaming): void {
    this._options.named(naming);
  }

  private _onEdited(_: unknown, { changes, isMine }: IEditing): void {
    const { recents, edited, changed } = this._options;
    const isAccepting = this._options.isAccepting();
    this.left.edited(changes);
    if (isMine) {
      this._settleCursor();
    }
    if ((isAccepting || isMine) && this._text !== null) {
      recents.note(this.path, this._text);
    }
    const isEdited = recents.before(this.path) !== null;
    if (!isEdited) {
      this.settle();
    }
    if (this._options.isFirst()) {
      changed(changes);
    }
    if (isMine && isEdited && !isAccepting) {
      edited();
    }
  }

  /** The cursor comes behind what was typed once all have heard of that. */
  private _settleCursor(): void {
    queueMicrotask(() => {
      if (!this.isDisposed) {
        this.left.typed();
      }
    });
  }

  private _isShowing = false;
  /** The text up to the latest edits; null where it is too long. */
  private _text: string | null = null;
}
