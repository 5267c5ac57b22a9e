import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Offers } from './offers';

/** Which of the places is offered, in the status bar; a click goes on. */
export class NextEditStatus extends Widget {
  constructor(
    private readonly _offers: Offers,
    private readonly _trans: TranslationBundle,
    go: () => void
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-NextEditStatus');
    this.node.setAttribute('aria-live', 'polite');
    this.node.addEventListener('click', go);
    _offers.changed.connect(this._show, this);
    this._show();
  }

  private _show(): void {
    const { current, number, count } = this._offers;
    this.setHidden(current === null);
    if (!current) {
      this.node.textContent = '';
      return;
    }
    const name = current.path.split('/').pop() ?? current.path;
    const text = this._trans.__('↹ %1 of %2', number, count);
    if (this.node.textContent !== text) {
      this.node.textContent = text;
    }
    this.node.title = this._trans.__(
      'Next edit in %1, line %2: %3',
      name,
      current.range.startLineNumber,
      current.reason
    );
    this.node.setAttribute('aria-label', `${text}. ${this.node.title}`);
  }
}
