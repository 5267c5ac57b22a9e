import { Widget } from '@lumino/widgets';

import type { MonacoEditor } from './widget';

export namespace EditorStatus {
  export interface IOptions {
    className: string;
    /** What a click does, shown over the item. */
    title: string;
    /** What the item shows of an editor; nothing hides it. */
    text: (editor: MonacoEditor) => string;
    /** What a click does; `node` is where a menu can be opened. */
    open: (editor: MonacoEditor, node: HTMLElement) => void;
  }
}

/** A button in the status bar that shows something of the editor in front. */
export class EditorStatus extends Widget {
  constructor(private readonly _options: EditorStatus.IOptions) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass(_options.className);
    this.node.title = _options.title;
    this.node.addEventListener('click', () => {
      if (this._editor) {
        _options.open(this._editor, this.node);
      }
    });
  }

  /** Show it of `editor`, from now on. */
  follow(editor: MonacoEditor | null): void {
    if (editor !== this._editor) {
      this._editor?.cursorMoved.disconnect(this._show, this);
      this._editor?.statusChanged.disconnect(this._show, this);
      this._editor = editor;
      this._editor?.cursorMoved.connect(this._show, this);
      this._editor?.statusChanged.connect(this._show, this);
      void editor?.ready.then(() => this._show());
    }
    this._show();
  }

  private _show(): void {
    if (this._editor?.isDisposed) {
      this._editor = null;
    }
    const text = this._editor ? this._options.text(this._editor) : '';
    this.node.textContent = text;
    this.node.setAttribute('aria-label', `${text}, ${this._options.title}`);
    this.setHidden(text === '');
  }

  private _editor: MonacoEditor | null = null;
}
