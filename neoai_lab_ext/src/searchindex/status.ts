import { type Popup, showPopup } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { IndexModel } from './model';
import { IndexPopup } from './popup';
import { sentence, short } from './texts';

/** How the index of the current project stands; a click tells more. */
export class IndexStatusItem extends Widget {
  constructor(
    private readonly _model: IndexModel,
    private readonly _trans: TranslationBundle
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-IndexStatus');
    this.node.setAttribute('aria-haspopup', 'dialog');
    this.node.addEventListener('click', () => this._toggle());
    _model.changed.connect(this._show, this);
  }

  get isActive(): boolean {
    return this._model.status !== null;
  }

  private _toggle(): void {
    if (this._popup && !this._popup.isDisposed) {
      this._popup.dispose();
      return;
    }
    void this._model.refresh();
    const body = new IndexPopup(this._model, this._trans);
    const popup = showPopup({
      body,
      anchor: this,
      align: 'right',
      hasDynamicSize: true
    });
    popup.disposed.connect(() => this.node.focus());
    this._popup = popup;
    void body.renderPromise?.then(() =>
      body.node.querySelector('button')?.focus()
    );
  }

  private _show(): void {
    const { status } = this._model;
    if (!status) {
      this._popup?.dispose();
      return;
    }
    const text = short(status, this._trans);
    const said = sentence(status, this._trans);
    this.node.textContent = text;
    this.node.title = status.detail ? `${said}\n${status.detail}` : said;
    this.node.setAttribute('aria-label', `${text}. ${said}`);
    this.node.dataset.state = status.paused ? 'paused' : status.state;
  }

  private _popup: Popup | null = null;
}
