import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { SessionModel } from './model';
import { countdown, inWords } from './texts';

const SECOND = 1000;
const SOON = 5 * 60 * SECOND;

/** How long the server is still there, counted down while something is going to end it. */
export class SessionStatus extends Widget {
  constructor(
    private readonly _model: SessionModel,
    private readonly _trans: TranslationBundle,
    show: () => void
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-SessionStatus');
    this.node.addEventListener('click', show);
    _model.changed.connect(this._follow, this);
  }

  get isActive(): boolean {
    return this._model.notices.length > 0;
  }

  override dispose(): void {
    clearInterval(this._timer);
    super.dispose();
  }

  private _follow(): void {
    clearInterval(this._timer);
    if (this.isActive) {
      this._timer = setInterval(() => this._show(), SECOND);
      this._show();
    }
  }

  private _show(): void {
    const [notice] = this._model.notices;
    const left = notice.endsAt - Date.now();
    this.node.textContent = this._trans.__('Stops in %1', countdown(left));
    this.node.dataset.state = left <= SOON ? 'soon' : 'ok';
    this.node.title = `${inWords(left, this._trans)} ${notice.message}`;
  }

  private _timer: ReturnType<typeof setInterval> | undefined;
}
