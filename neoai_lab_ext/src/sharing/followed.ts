import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import { ServerConnection } from '@jupyterlab/services';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';

import { Banner } from '../collaboration';
import type { IProjects } from '../projects';
import type { Roles } from './roles';

interface IFollowOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  projects: IProjects;
  roles: Roles;
  trans: TranslationBundle;
}

/** In milliseconds: how often a copy asks whether its file has changed. */
const COPY_INTERVAL = 2000;
/** In milliseconds: how often a shared document asks whether it still may be written. */
const ROOM_INTERVAL = 5000;

/**
 * Every file that somebody who is not the server's owner has open. A file that he may only read is
 * no shared document, since a room cannot be made read-only: it is a copy, read again whenever the
 * file on disk changes.
 */
export class FollowedFiles {
  constructor(private readonly _options: IFollowOptions) {
    const { documents, app } = _options;
    const { contents } = documents.services;
    const shared = contents.getSharedModelFactory.bind(contents);
    contents.getSharedModelFactory = (path, options) =>
      this._canWrite(path) ? shared(path, options) : null;

    const registry = app.docRegistry;
    // A kernel is the whole account: none is asked for, so that no notebook begins with an error.
    const preference = registry.getKernelPreference.bind(registry);
    registry.getKernelPreference = (...asked) => {
      const found = preference(...asked);
      return found && { ...found, shouldStart: false, canStart: false };
    };
    const follow: DocumentRegistry.WidgetExtension = {
      createNew: (widget, context) =>
        this._follow(widget as IDocumentWidget, context)
    };
    for (const factory of registry.widgetFactories()) {
      registry.addWidgetExtension(factory.name, follow);
    }
    registry.changed.connect((_, { type, name, change }) => {
      if (type === 'widgetFactory' && change === 'added' && name) {
        registry.addWidgetExtension(name, follow);
      }
    });
  }

  private _canWrite(path: string): boolean {
    const { documents, roles } = this._options;
    return roles.canWrite(documents.services.contents.localPath(path));
  }

  private _follow(
    widget: IDocumentWidget,
    context: DocumentRegistry.Context
  ): IDisposable {
    const isCopy = !this._canWrite(context.path);
    return new FollowedFile({ ...this._options, widget, context, isCopy });
  }
}

interface IFollowedFileOptions extends IFollowOptions {
  widget: IDocumentWidget;
  context: DocumentRegistry.Context;
  isCopy: boolean;
}

/** One open file: asks how it stands, reads it again, and says what its reader cannot do. */
class FollowedFile extends DisposableDelegate {
  constructor(private readonly _options: IFollowedFileOptions) {
    super(() => this._poll.dispose());
    const { widget, isCopy } = _options;
    if (widget instanceof MainAreaWidget) {
      widget.contentHeader.addWidget(this._banner);
    }
    if (isCopy) {
      this._setReadOnly();
      this._banner.say(this._trans.__('Read-only: you are a viewer'));
    }
    const interval = isCopy ? COPY_INTERVAL : ROOM_INTERVAL;
    this._poll = new Poll({
      name: '@neoai/lab:followed-file',
      frequency: { interval, backoff: true, max: 30_000 },
      standby: 'when-hidden',
      factory: () => this._look()
    });
  }

  /** Ask how the file stands now. */
  private async _look(): Promise<void> {
    const { context, isCopy, documents } = this._options;
    if (!context.isReady || context.isDisposed) {
      return;
    }
    const { contents } = documents.services;
    try {
      const file = await contents.get(context.path, { content: false });
      if (context.isDisposed) {
        return;
      }
      if (isCopy && file.writable) {
        await this._refreshRoles();
        this._banner.say(this._trans.__('You may edit this file now.'), {
          label: this._trans.__('Reopen'),
          run: () => void this._reopen()
        });
      } else if (!isCopy && !file.writable) {
        this._setReadOnly();
        await this._refreshRoles();
        this._banner.say(
          this._trans.__(
            'Read-only: you are a viewer now. What you write here is not saved.'
          ),
          {
            label: this._trans.__('Reopen'),
            run: () => void this._reopen()
          }
        );
      } else if (isCopy) {
        this._banner.say(this._trans.__('Read-only: you are a viewer'));
        await this._readAgain(file.last_modified);
        context.model.dirty = false; // nothing to be asked about when it closes
      } else {
        this._banner.hide();
      }
    } catch (error) {
      this._failed(error);
    }
  }

  /** Read the file anew where it is not the one that is shown. */
  private async _readAgain(modified: string): Promise<void> {
    const { context } = this._options;
    if (modified !== context.contentsModel?.last_modified) {
      await context.revert();
    }
  }

  private _failed(error: unknown): void {
    const status =
      error instanceof ServerConnection.ResponseError
        ? error.response.status
        : 0;
    if (status === 403) {
      this._setReadOnly();
      this._banner.say(
        this._trans.__(
          'You have no access to this file any more. This is how you last saw it.'
        )
      );
    } else if (status === 404) {
      this._banner.say(this._trans.__('This file is not there any more.'));
    } else {
      throw error; // the poll asks less often until the server answers again
    }
  }

  /** The server refuses what a viewer writes; Monaco and notebooks are told, to take nothing. */
  private _setReadOnly(): void {
    const { context } = this._options;
    void context.ready.then(() => {
      if (!context.isDisposed) {
        context.model.readOnly = true;
      }
    });
  }

  /** What others have changed; `roles` follows the list of projects. */
  private async _refreshRoles(): Promise<void> {
    await this._options.projects.refresh();
  }

  private async _reopen(): Promise<void> {
    const { context, documents } = this._options;
    const { path } = context;
    context.model.dirty = false; // it could not be saved
    await documents.closeFile(path);
    documents.openOrReveal(path);
  }

  private get _trans(): TranslationBundle {
    return this._options.trans;
  }

  private readonly _banner = new Banner();
  private readonly _poll: Poll;
}
