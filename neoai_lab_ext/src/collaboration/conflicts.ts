import { Notification } from '@jupyterlab/apputils';
import type { ISharedDocument } from '@jupyter/ydoc';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { Widget } from '@lumino/widgets';

import type { API } from '../api';
import { bannerOver, type IBannerText } from './banner';
import { type Choice, CONFLICT, FollowedFile } from './following';
import type { FileWatch } from './watch';

interface IConflictOptions {
  api: API;
  contents: Contents.IManager;
  trans: TranslationBundle;
  watch: FileWatch;
}

/**
 * Says over every open document when its unsaved edits and the file on disk have changed the same
 * places, and lets people choose. Until then neither is overwritten: the server sees to that for
 * documents in rooms, the page for the others.
 */
export class Conflicts implements DocumentRegistry.WidgetExtension {
  constructor(private readonly _options: IConflictOptions) {}

  createNew(widget: Widget, context: DocumentRegistry.Context): IDisposable {
    if (FollowedFile.isFor(context)) {
      this._options.watch.add(widget, context);
    }
    return bannerOver(widget, context, shared => this._told(shared, context));
  }

  private _told(
    shared: ISharedDocument,
    context: DocumentRegistry.Context
  ): IBannerText | null {
    const count = Number(shared.getState(CONFLICT) ?? 0);
    if (!count) {
      return null;
    }
    const { trans } = this._options;
    const choose = (choice: Choice) => () => void this._choose(context, choice);
    return {
      text: trans._n(
        'This file has changed on disk in a place that was edited here too. Nothing is saved until you choose whose lines stay:',
        'This file has changed on disk in %1 places that were edited here too. Nothing is saved until you choose whose lines stay:',
        count
      ),
      actions: [
        { label: trans.__('Mine'), run: choose('mine') },
        { label: trans.__('The disk’s'), run: choose('disk') },
        { label: trans.__('Both'), run: choose('both') }
      ]
    };
  }

  private async _choose(
    context: DocumentRegistry.Context,
    choice: Choice
  ): Promise<void> {
    const { api, contents, watch } = this._options;
    const followed = watch.of(context);
    try {
      if (followed) {
        await followed.resolve(choice);
        return;
      }
      await api.post('/collaboration/resolve', {
        body: { path: contents.localPath(context.path), choice }
      });
    } catch (error) {
      Notification.error(
        error instanceof Error ? error.message : String(error)
      );
    }
  }
}
