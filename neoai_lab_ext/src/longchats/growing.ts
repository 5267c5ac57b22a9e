import type { IDisposable } from '@lumino/disposable';
import * as React from 'react';

import type { Tail } from './tail';

const BOX = '.jp-chat-messages-container';
/** How many messages are added at a time: what takes a fraction of a second on a slow machine. */
const STEP = 40;
/** In pixels: earlier messages come at once when the view is so near to the first. */
const NEAR = 1500;
/** In pixels: as far from its end a chat still counts as being there; below the last message is room. */
const END = 100;
/** In milliseconds: how long a busy page may put off the next step. */
const PATIENCE = 2000;

/**
 * Adds the earlier messages of a chat to its view while the page is idle, or at once when somebody
 * goes there or looks for text in the page. What is in view stays where it is.
 */
export class Growing implements IDisposable {
  constructor(
    private readonly _node: HTMLElement,
    private readonly _tail: Tail
  ) {
    this._mounted = new MutationObserver(() => this._find());
    this._mounted.observe(_node, { childList: true, subtree: true });
    this._added = new MutationObserver(() => this._onAdded());
    this._resized = new ResizeObserver(() => this._hold());
    document.addEventListener('keydown', this._onKey, true);
    window.addEventListener('beforeprint', this._showAll);
    this._find();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._mounted.disconnect();
    this._added.disconnect();
    this._resized.disconnect();
    this._scroller?.removeEventListener('scroll', this._onScroll);
    document.removeEventListener('keydown', this._onKey, true);
    window.removeEventListener('beforeprint', this._showAll);
    cancelIdle(this._idle);
  }

  /** The view makes its list of messages when it is drawn, and another when it is drawn anew. */
  private _find(): void {
    if (this._box?.isConnected) {
      return;
    }
    const box = this._node.querySelector<HTMLElement>(BOX);
    if (!box?.parentElement) {
      return;
    }
    this._added.disconnect();
    this._resized.disconnect();
    this._scroller?.removeEventListener('scroll', this._onScroll);
    this._box = box;
    this._scroller = box.parentElement;
    this._scroller.addEventListener('scroll', this._onScroll, {
      passive: true
    });
    this._added.observe(box, { childList: true });
    this._resized.observe(box);
    this._onAdded();
  }

  private _onAdded(): void {
    const first = this._box?.firstElementChild ?? null;
    if (first !== this._first) {
      this._first = first;
      this._isWaiting = false;
      this._tail.settle();
    }
    this._plan();
  }

  private _plan(): void {
    if (
      this._isDisposed ||
      this._idle ||
      this._isWaiting ||
      !this._tail.hidden
    ) {
      return;
    }
    this._idle = whenIdle(() => {
      this._idle = 0;
      this._more(STEP);
    });
  }

  private _more(count: number): void {
    if (this._isDisposed || this._isWaiting || !this._tail.hidden) {
      return;
    }
    this._isWaiting = true;
    const isAtEnd = this._isAtEnd;
    // React draws them in slices, between which keys are answered.
    React.startTransition(() => this._tail.more(count, isAtEnd));
  }

  private readonly _showAll = (): void => {
    this._isWaiting = false;
    const { hidden } = this._tail;
    if (hidden && this._scroller?.clientHeight) {
      this._tail.more(hidden, this._isAtEnd);
    }
  };

  private readonly _onKey = (event: KeyboardEvent): void => {
    const isFind = event.key.toLowerCase() === 'f' || event.key === 'a';
    if (isFind && (event.ctrlKey || event.metaKey) && !event.altKey) {
      this._showAll();
    }
  };

  private readonly _onScroll = (): void => {
    const { _scroller: scroller, _anchor: anchor } = this;
    if (!scroller?.clientHeight) {
      return;
    }
    const moved = scroller.scrollTop - this._top;
    this._top = scroller.scrollTop;
    if (!moved) {
      // `_hold` scrolled: noting fractions of a pixel each time would add up.
      return;
    }
    if (anchor && scroller.scrollHeight !== this._height) {
      // Messages grew as well: only what the reader did counts, `_hold` sees to the rest.
      anchor.at -= moved;
      anchor.isAtEnd &&= moved >= 0;
    } else {
      this._note();
    }
    if (scroller.scrollTop < NEAR && !this._isAtEnd) {
      this._more(STEP);
    }
  };

  private get _isAtEnd(): boolean {
    return this._anchor?.isAtEnd ?? true;
  }

  /** Remember which message is at the top of the view, and where. */
  private _note(): void {
    const { _scroller: scroller, _box: box } = this;
    if (!scroller?.clientHeight || !box) {
      return;
    }
    const top = scroller.getBoundingClientRect().top;
    const { children } = box;
    let low = 0;
    let high = children.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (children[middle].getBoundingClientRect().bottom > top) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    const message = children[low] ?? null;
    const at = message ? message.getBoundingClientRect().top - top : 0;
    const below =
      scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
    this._anchor = message && { message, at, isAtEnd: below < END };
  }

  /** Messages came, or became longer: what was in view goes back to its place. */
  private _hold(): void {
    const { _scroller: scroller, _anchor: anchor } = this;
    if (!scroller?.clientHeight) {
      return;
    }
    if (this._isAtEnd) {
      scroller.scrollTop = scroller.scrollHeight;
    } else if (anchor?.message.isConnected) {
      const top = scroller.getBoundingClientRect().top;
      const now = anchor.message.getBoundingClientRect().top - top;
      if (Math.abs(now - anchor.at) >= 1) {
        scroller.scrollTop += now - anchor.at;
      }
    }
    this._top = scroller.scrollTop;
    this._height = scroller.scrollHeight;
  }

  private readonly _mounted: MutationObserver;
  private readonly _added: MutationObserver;
  private readonly _resized: ResizeObserver;
  private _box: HTMLElement | null = null;
  private _scroller: HTMLElement | null = null;
  private _first: Element | null = null;
  private _anchor: { message: Element; at: number; isAtEnd: boolean } | null =
    null;
  private _top = 0;
  private _height = 0;
  private _idle = 0;
  private _isWaiting = false;
  private _isDisposed = false;
}

/** Safari has no idle time to ask for. */
function whenIdle(run: () => void): number {
  return typeof requestIdleCallback === 'function'
    ? requestIdleCallback(run, { timeout: PATIENCE })
    : window.setTimeout(run, 100);
}

function cancelIdle(id: number): void {
  if (typeof cancelIdleCallback === 'function') {
    cancelIdleCallback(id);
  } else {
    clearTimeout(id);
  }
}
