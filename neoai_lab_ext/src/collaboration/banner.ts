import { MainAreaWidget } from '@jupyterlab/apputils';
import type { ISharedDocument } from '@jupyter/ydoc';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';

/** A button of a banner. */
export interface IBannerAction {
  label: string;
  run: () => void;
}

/** A line over a file, said aloud when it changes. */
export class Banner extends Widget {
  constructor() {
    super();
    this.addClass('neoai-Banner');
    this.node.setAttribute('role', 'status');
    this.hide();
  }

  /** Show a sentence, with what can be done about it. */
  say(text: string, ...actions: IBannerAction[]): void {
    if (this._text !== text) {
      this._text = text;
      this.node.textContent = text;
      for (const { label, run } of actions) {
        const button = document.createElement('button');
        button.className = 'neoai-Link';
        button.textContent = label;
        button.addEventListener('click', run);
        this.node.append(' ', button);
      }
    }
    this.show();
    requestAnimationFrame(() => this._grow());
  }

  protected override onResize(): void {
    this._grow();
  }

  /** A box layout gives what `min-height` asks for: as many lines as the text takes. */
  private _grow(): void {
    const { style } = this.node;
    style.minHeight = '';
    const needed = `${this.node.scrollHeight}px`;
    style.minHeight = needed;
    if (needed !== this._height) {
      this._height = needed;
      this.parent?.fit();
    }
  }

  private _height = '';
  private _text = '';
}

/** A sentence over a file, with what can be done about it. */
export interface IBannerText {
  text: string;
  actions: IBannerAction[];
}

/** Keep a banner over a document's widget: what `told` makes of the document's state, or nothing. */
export function bannerOver(
  widget: Widget,
  context: DocumentRegistry.Context,
  told: (shared: ISharedDocument) => IBannerText | null
): IDisposable {
  const shared = context.model.sharedModel as ISharedDocument;
  const banner = new Banner();
  if (widget instanceof MainAreaWidget) {
    widget.contentHeader.addWidget(banner);
  }
  const show = () => {
    const found = told(shared);
    if (found) {
      banner.say(found.text, ...found.actions);
    } else if (!banner.isHidden) {
      banner.hide();
    }
  };
  shared.changed.connect(show);
  show();
  return new DisposableDelegate(() => shared.changed.disconnect(show));
}
