import type * as nbformat from '@jupyterlab/nbformat';
import { type IRenderMimeRegistry, OutputModel } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { Widget } from '@lumino/widgets';

/** More of a text than this is not shown: a page of it says enough. */
const MOST_TEXT = 50_000;
/** How many outputs are rendered at a side. */
const MOST_OUTPUTS = 50;

interface IOptions {
  before: readonly nbformat.IOutput[];
  after: readonly nbformat.IOutput[];
  isChanged: boolean;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
}

/** A cell's outputs as they were and are, rendered when they are unfolded; nothing in them runs. */
export class OutputsView implements IDisposable {
  constructor(private readonly _options: IOptions) {
    const { isChanged, trans } = _options;
    this.node.className = 'neoai-OutputsDiff';
    const button = document.createElement('button');
    button.className = 'neoai-CellDiff-folded';
    button.setAttribute('aria-expanded', 'false');
    button.textContent = isChanged
      ? trans.__('Outputs changed')
      : trans.__('Outputs');
    this._sides.className = 'neoai-OutputsDiff-sides';
    this._sides.hidden = true;
    button.addEventListener('click', () => {
      this._sides.hidden = !this._sides.hidden;
      button.setAttribute('aria-expanded', String(!this._sides.hidden));
      if (!this._sides.hasChildNodes()) {
        this._fill();
      }
    });
    this.node.append(button, this._sides);
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._renderers.forEach(renderer => renderer.dispose());
  }

  private _fill(): void {
    const { before, after, trans } = this._options;
    for (const [label, outputs] of [
      [trans.__('Before'), before],
      [trans.__('Now'), after]
    ] as const) {
      const side = document.createElement('div');
      side.className = 'neoai-OutputsDiff-side';
      side.setAttribute('role', 'group');
      side.setAttribute('aria-label', label);
      const title = document.createElement('h4');
      title.textContent = label;
      side.append(title);
      for (const output of outputs.slice(0, MOST_OUTPUTS)) {
        side.append(this._render(output));
      }
      if (outputs.length > MOST_OUTPUTS) {
        side.append(
          this._note(trans.__('%1 more', outputs.length - MOST_OUTPUTS))
        );
      } else if (outputs.length === 0) {
        side.append(this._note(trans.__('No outputs')));
      }
      this._sides.append(side);
    }
  }

  private _render(output: nbformat.IOutput): HTMLElement {
    const { rendermime, trans } = this._options;
    const node = document.createElement('div');
    node.className = 'jp-OutputArea-output';
    const model = new OutputModel({ value: output, trusted: false });
    const data = model.data;
    const mimeType = rendermime.preferredMimeType(data, 'ensure');
    if (!mimeType) {
      node.append(this._note(trans.__('It cannot be shown here.')));
      return node;
    }
    const text = data[mimeType];
    const isText = !mimeType.startsWith('image/') || mimeType.includes('svg');
    if (isText && typeof text === 'string' && text.length > MOST_TEXT) {
      const pre = document.createElement('pre');
      pre.textContent = text.slice(0, MOST_TEXT);
      const more = trans.__(
        '%1 more characters',
        (text.length - MOST_TEXT).toLocaleString()
      );
      node.append(pre, this._note(more));
      return node;
    }
    const renderer = rendermime.createRenderer(mimeType);
    this._renderers.push(renderer);
    void renderer.renderModel(model).catch(() => {
      node.append(this._note(trans.__('It cannot be shown here.')));
    });
    node.append(renderer.node);
    return node;
  }

  private _note(text: string): HTMLElement {
    const note = document.createElement('p');
    note.className = 'neoai-OutputsDiff-note';
    note.textContent = text;
    return note;
  }

  private _isDisposed = false;
  private readonly _renderers: Widget[] = [];
  private readonly _sides = document.createElement('div');
}
