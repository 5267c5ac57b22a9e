import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { CompletionStatus } from './status';

/** Whether completions come as one types; a click pauses them, or goes on. */
export class CompletionStatusItem extends Widget {
  constructor(
    private readonly _status: CompletionStatus,
    private readonly _trans: TranslationBundle,
    private readonly _clicked: () => void
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-CompletionStatus');
    this.node.addEventListener('click', () => this._clicked());
    _status.changed.connect(this._show, this);
    this._show();
  }

  private _show(): void {
    const { state, detail } = this._status;
    const { _trans: trans } = this;
    const [mark, said, way] = {
      unknown: ['…', trans.__('Not known yet whether there is a model.'), ''],
      'no-model': [
        '○',
        trans.__('No model is configured for completion.'),
        trans.__('Click to add one')
      ],
      paused: [
        '⏸',
        trans.__('Completions are paused.'),
        trans.__('Click to go on')
      ],
      error: [
        '⚠',
        trans.__('No completion: %1', detail),
        trans.__('Click to pause')
      ],
      thinking: [
        '●',
        trans.__('A completion is on its way.'),
        trans.__('Click to pause')
      ],
      ready: [
        '✓',
        trans.__('Completions come as you type.'),
        trans.__('Click to pause')
      ]
    }[state];
    const text = trans.__('Completion %1', mark);
    this.node.textContent = text;
    this.node.title = [said, way].filter(Boolean).join('\n');
    // What is seen stands in it, for people who say what they see.
    this.node.setAttribute('aria-label', `${text}. ${said} ${way}`.trim());
    this.node.dataset.state = state;
  }
}
