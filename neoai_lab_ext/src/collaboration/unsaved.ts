import type { ISharedDocument } from '@jupyter/ydoc';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { Widget } from '@lumino/widgets';

import type { API } from '../api';
import { bannerOver, type IBannerText } from './banner';
import { CONFLICT } from './following';

/** The key of a shared document's state under which a room says why it could not save. */
const UNSAVED = 'neoai_unsaved';

interface IUnsaved {
  code: 'unencodable' | 'other';
  reason: string;
}

interface IUnsavedOptions {
  api: API;
  contents: Contents.IManager;
  trans: TranslationBundle;
}

/** JupyterLab's context has no setting for how it tells of a failure. */
interface IContextInside {
  _handleError?: (error: unknown, title: string) => Promise<void>;
}

/**
 * Says over a document that its room could not save why that is, with ways on, until it is saved.
 * A room saves by itself, so it is no dialog's answer.
 */
export class UnsavedNotice implements DocumentRegistry.WidgetExtension {
  constructor(private readonly _options: IUnsavedOptions) {}

  createNew(widget: Widget, context: DocumentRegistry.Context): IDisposable {
    quietly(context);
    return bannerOver(widget, context, shared => this._told(shared, context));
  }

  private _told(
    shared: ISharedDocument,
    context: DocumentRegistry.Context
  ): IBannerText | null {
    const unsaved = shared.getState(UNSAVED) as unknown as IUnsaved | undefined;
    if (!unsaved || shared.getState(CONFLICT)) {
      return null;
    }
    const { trans } = this._options;
    if (unsaved.code === 'unencodable') {
      const run = () => void this._saveWithUTF8(context);
      return {
        text: unsaved.reason,
        actions: [{ label: trans.__('Save with UTF-8'), run }]
      };
    }
    return {
      text: trans.__(
        'This file is not saved. %1 You can go on editing.',
        unsaved.reason
      ),
      actions: [{ label: trans.__('Try Again'), run: () => save(context) }]
    };
  }

  private async _saveWithUTF8(
    context: DocumentRegistry.Context
  ): Promise<void> {
    const { api, contents } = this._options;
    const path = contents.localPath(context.path);
    try {
      await api.patch('/text', { body: { path, encoding: 'utf-8' } });
    } finally {
      save(context);
    }
  }
}

/** Save; what fails is told by the banner. */
function save(context: DocumentRegistry.Context): void {
  context.save().catch(error => {
    console.warn(`${context.path} was not saved:`, error);
  });
}

/** A room's failure is a bare `Saving failed`, of which the banner says more than a dialog would. */
function quietly(context: DocumentRegistry.Context): void {
  const inside = context as unknown as IContextInside;
  const tell = inside._handleError?.bind(context);
  if (tell && context.model.collaborative) {
    inside._handleError = async (error, title) => {
      if (error !== 'Saving failed') {
        await tell(error, title);
      }
    };
  }
}
