import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IWidgetTracker } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Companions } from './companions';
import {
  FACTORY,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';
import { MonacoDocument } from './widget';

/** Opens files in our editor, at lines. */
export class EditorOpener implements INeoAIEditorOpener {
  constructor(
    readonly tracker: IWidgetTracker<NeoAIEditorWidget>,
    private readonly _companions: Companions,
    private readonly _documents: IDocumentManager,
    private readonly _trans: TranslationBundle
  ) {}

  fetchWithMonaco(load: () => Promise<unknown>): void {
    this._companions.add(load);
  }

  async open(
    path: string,
    line?: number,
    endLine?: number,
    mode?: DocumentRegistry.IOpenOptions['mode']
  ): Promise<NeoAIEditorWidget | null> {
    const { contents } = this._documents.services;
    const open = this._documents.findWidget(path, FACTORY);
    if (!open) {
      // Asked first: the document manager would open an empty tab with an error over it.
      const file = await contents.get(path, { content: false });
      if (file.type === 'directory') {
        throw new Error(this._trans.__('%1 is a folder.', path));
      }
      if (file.type === 'notebook') {
        // As what it is opened as: what is known of a notebook says nothing of it as text, and
        // it would first be looked at on a page of its own.
        await contents.get(path, { type: 'file', content: false });
      }
    }
    // Beside the files that are open already, not over the chat that it was asked from.
    const ref = this.tracker.currentWidget?.id;
    const widget = this._documents.openOrReveal(
      path,
      FACTORY,
      undefined,
      ref ? { ref } : { mode }
    );
    if (!widget) {
      throw new Error(this._trans.__('%1 cannot be opened as text.', path));
    }
    if (widget instanceof MonacoDocument) {
      await widget.content.ready;
    }
    if (line !== undefined) {
      await widget.setFragment(`#L${line}-L${endLine ?? line}`);
    }
    return widget instanceof MonacoDocument ? widget : null;
  }
}
