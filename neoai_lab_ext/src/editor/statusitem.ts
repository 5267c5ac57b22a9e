import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { MonacoEditor } from './widget';

/** "Ln 3, Col 7" of the current editor in the status bar; a click asks for a line to go to. */
export class CursorStatus extends Widget {
  constructor(
    private readonly _trans: TranslationBundle,
    goToLine: () => void
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-CursorStatus');
    this.node.title = _trans.__('Go to Line…');
    this.node.addEventListener('click', goToLine);
  }

  /** Show where the cursor of `editor` is, from now on. */
  follow(editor: MonacoEditor | null): void {
    this._editor?.cursorMoved.disconnect(this._show, this);
    this._editor = editor;
    this._editor?.cursorMoved.connect(this._show, this);
    this._show();
  }

  private _show(): void {
    if (this._editor && !this._editor.isDisposed) {
      const { line, column } = this._editor.cursor;
      this.node.textContent = this._trans.__('Ln %1, Col %2', line, column);
    }
  }

  private _editor: MonacoEditor | null = null;
}
