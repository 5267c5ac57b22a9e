import { Notification } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import type { SessionModel } from './model';
import { saveAll } from './saving';

interface IEndingOptions {
  readonly model: SessionModel;
  readonly trans: TranslationBundle;
  readonly contexts: () => Iterable<DocumentRegistry.Context>;
}

/** Saves what is open in this page when the server is about to be stopped, and says so. */
export class Ending {
  constructor(private readonly _options: IEndingOptions) {
    _options.model.changed.connect(this._look, this);
  }

  private _look(): void {
    const { save } = this._options.model;
    if (save && save !== this._save) {
      this._save = save;
      void this._saveFor(save);
    } else if (!save && this._save) {
      this._save = '';
      this._update(this._options.trans.__('The server goes on.'), 'info');
    }
  }

  private async _saveFor(save: string): Promise<void> {
    const { model, trans, contexts } = this._options;
    this._update(
      trans.__('The server is about to stop. Everything is being saved…'),
      'in-progress'
    );
    const begun = model.saves(save, this._page, null).catch(warn);
    const unsaved = await saveAll(contexts());
    await begun;
    await model.saves(save, this._page, unsaved.slice(0, 100)).catch(warn);
    if (save !== this._save) {
      return;
    }
    if (unsaved.length) {
      const names = unsaved.join(', ');
      this._update(trans.__('These are not saved: %1', names), 'error');
    } else {
      this._update(
        trans.__('Everything is saved; the server stops now.'),
        'success'
      );
    }
  }

  private _update(message: string, type: Notification.TypeOptions): void {
    const autoClose = type === 'info' ? 4000 : false;
    if (!Notification.manager.has(this._id)) {
      this._id = Notification.emit(message, type, { autoClose });
    } else {
      Notification.update({ id: this._id, message, type, autoClose });
    }
  }

  private _id = '';
  private _save = '';
  private readonly _page = UUID.uuid4();
}

/** Where nobody takes it any more, the server has ended or goes on. */
function warn(error: unknown): void {
  console.warn('The server was not told what is saved:', error);
}
