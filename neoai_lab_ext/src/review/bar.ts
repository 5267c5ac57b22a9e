import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';

import { button, keepFromEditor } from './hunkview';
import type { Part } from './part';
import type { Review } from './review';

/** How far a review is, over the foot of a document, and the buttons for all of it. */
export class ReviewBar implements IDisposable {
  constructor(
    private readonly _review: Review,
    private readonly _widget: IDocumentWidget,
    private readonly _trans: TranslationBundle
  ) {
    this.node.className = 'neoai-ReviewBar';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('Proposed changes'));
    keepFromEditor(this.node);
    this._said.setAttribute('role', 'status');
    this._said.className = 'neoai-ReviewBar-said';
    this._list.className = 'neoai-ReviewBar-list';
    this._remarks.className = 'neoai-ReviewBar-remarks';
    const line = document.createElement('div');
    line.className = 'neoai-ReviewBar-line';
    const previous = button('', _trans.__('Previous change (Shift+F7)'), () =>
      _review.go(-1)
    );
    caretUpIcon.element({ container: previous });
    previous.setAttribute('aria-label', _trans.__('Previous change'));
    const next = button('', _trans.__('Next change (F7)'), () => _review.go(1));
    caretDownIcon.element({ container: next });
    next.setAttribute('aria-label', _trans.__('Next change'));
    line.append(
      this._said,
      previous,
      next,
      button(
        _trans.__('Reject All'),
        _trans.__('Drop all changes that are left (Alt+Shift+N)'),
        () => _review.rejectAll()
      ),
      button(
        _trans.__('Accept All'),
        _trans.__('Make all changes that are left (Alt+Shift+Y)'),
        () => _review.acceptAll()
      )
    );
    line.lastElementChild!.classList.add('neoai-mod-main');
    this.node.append(this._list, this._remarks, line);
    this._tell();
    _widget.node.append(this.node);
    this._draw();
    _review.changed.connect(this._draw, this);
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._review.changed.disconnect(this._draw, this);
      const hasKeyboard = this.node.contains(document.activeElement);
      this.node.remove();
      if (hasKeyboard && !this._widget.isDisposed) {
        this._widget.activate();
      }
    }
  }

  private _draw(): void {
    const { _trans: trans, _review: review } = this;
    const { open, stale } = review.counts;
    const left = trans._n('%1 change left', '%1 changes left', open);
    const parts = [review.title, left];
    if (stale > 0) {
      parts.push(trans._n('%1 no longer applies', '%1 no longer apply', stale));
    }
    this._said.textContent = parts.filter(Boolean).join(' · ');
    this._list.hidden = review.parts.length < 2;
    if (review.parts.length > 1) {
      this._list.replaceChildren(...review.parts.map(part => this._row(part)));
    }
  }

  private _row(part: Part): HTMLElement {
    const { _trans: trans, _review: review } = this;
    const left = part.hunks.undecided.length;
    const row = document.createElement('li');
    const name = review.nameOf(part);
    const open = button(name, trans.__('Go to %1', part.place.path), () =>
      review.goTo(part)
    );
    open.classList.add('neoai-ReviewBar-name');
    open.disabled = left === 0;
    const count = document.createElement('span');
    count.textContent =
      left === 0 ? trans.__('decided') : trans.__('%1 left', left);
    row.append(open, count);
    if (left > 0) {
      row.append(
        button(
          trans.__('Reject'),
          trans.__('Drop the changes of %1', name),
          () => review.rejectAll([part])
        ),
        button(
          trans.__('Accept'),
          trans.__('Make the changes of %1', name),
          () => review.acceptAll([part])
        )
      );
    }
    return row;
  }

  private _tell(): void {
    const { remarks } = this._review;
    this._remarks.hidden = remarks.length === 0;
    for (const { severity, message } of remarks) {
      const item = document.createElement('li');
      item.dataset.severity = severity;
      item.textContent = message;
      this._remarks.append(item);
    }
  }

  private readonly _list = document.createElement('ul');
  private readonly _remarks = document.createElement('ul');
  private readonly _said = document.createElement('span');
  private _isDisposed = false;
}
