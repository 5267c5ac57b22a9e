import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { usd } from './format';
import type { UsageModel } from './model';

/** What this month has cost, against its limit; a click shows the usage. */
export class UsageStatus extends Widget {
  constructor(
    private readonly _model: UsageModel,
    private readonly _trans: TranslationBundle,
    show: () => void
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-UsageStatus');
    this.node.addEventListener('click', show);
    _model.changed.connect(this._show, this);
  }

  /** Whoever uses no model, or none that costs, is not bothered. The status bar hides it then. */
  get isActive(): boolean {
    const stand = this._model.limits?.effective;
    const limit = stand?.hard_limit_usd ?? stand?.soft_limit_usd ?? null;
    return stand !== undefined && (limit !== null || stand.cost_usd !== 0);
  }

  private _show(): void {
    const stand = this._model.limits?.effective;
    if (!stand || !this.isActive) {
      return;
    }
    const limit = stand.hard_limit_usd ?? stand.soft_limit_usd ?? null;
    const { _trans: trans } = this;
    const cost = usd(stand.cost_usd);
    const text = limit === null ? cost : `${cost} / ${usd(limit)}`;
    const said =
      limit === null
        ? trans.__('Models have cost %1 this month.', cost)
        : trans.__('Models have cost %1 this month, of %2.', cost, usd(limit));
    const way = trans.__('Show the usage');
    this.node.textContent = stand.state === 'ok' ? text : `⚠ ${text}`;
    this.node.title = [stand.notice || said, way].join('\n');
    // What is seen stands in it, for people who say what they see.
    this.node.setAttribute('aria-label', `${text}. ${said} ${way}`);
    this.node.dataset.state = stand.state;
  }
}
