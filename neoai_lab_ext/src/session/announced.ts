import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Dismissed } from './dismissed';
import type { Announcement, SessionModel } from './model';

/** JupyterLab cuts notifications that are longer. */
const LONGEST = 140;
const SHOW = {
  info: Notification.info,
  warning: Notification.warning,
  danger: Notification.error
};

/** Each announcement as a notification, until somebody dismisses it or it is told no longer. */
export class Announced {
  constructor(
    private readonly _model: SessionModel,
    private readonly _trans: TranslationBundle,
    private readonly _dismissed: Dismissed
  ) {
    _model.changed.connect(this._show, this);
    Notification.manager.changed.connect(this._removed, this);
  }

  private _show(): void {
    const told = this._model.announcements;
    for (const [id, notification] of [...this._shown]) {
      if (!told.some(each => each.id === id)) {
        this._shown.delete(id); // first: it was nobody's wish
        Notification.dismiss(notification);
      }
    }
    for (const each of told) {
      if (!this._shown.has(each.id) && !this._dismissed.has(each.id)) {
        this._shown.set(each.id, shown(each, this._trans));
      }
    }
  }

  private _removed(
    _: unknown,
    { type, notification }: Notification.IChange
  ): void {
    const found = [...this._shown].find(([, id]) => id === notification.id);
    if (type === 'removed' && found) {
      this._shown.delete(found[0]);
      this._dismissed.add(found[0]);
    }
  }

  private readonly _shown = new Map<string, string>();
}

function shown(
  { level, text }: Announcement,
  trans: TranslationBundle
): string {
  const show = SHOW[level as keyof typeof SHOW] ?? Notification.info;
  const readAll = {
    label: trans.__('Read All'),
    callback: () =>
      void showDialog({
        title: trans.__('Announcement'),
        body: text,
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      })
  };
  // Each action dismisses it; JupyterLab's own button hides it among the notifications.
  const dismiss = { label: trans.__('Dismiss'), callback: () => undefined };
  const actions = text.length > LONGEST ? [readAll, dismiss] : [dismiss];
  return show(text, { autoClose: false, actions });
}
