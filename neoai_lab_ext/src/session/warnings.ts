import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { INotice, SessionModel } from './model';

interface IWarningsOptions {
  readonly model: SessionModel;
  readonly trans: TranslationBundle;
  /** Keep the server, where working keeps it. */
  readonly keep: () => void;
  /** The page on which people see what they have used; empty where there is none. */
  readonly usagePage: string;
}

/** Each warning as a notification, once, until it holds no longer. */
export class Warnings {
  constructor(private readonly _options: IWarningsOptions) {
    _options.model.changed.connect(this._show, this);
  }

  private _show(): void {
    const notices = this._options.model.notices;
    for (const [kind, { id }] of this._shown) {
      if (!notices.some(notice => notice.kind === kind)) {
        Notification.dismiss(id);
        this._shown.delete(kind);
      }
    }
    for (const notice of notices) {
      const earlier = this._shown.get(notice.kind);
      if (earlier && earlier.minutes <= notice.minutes) {
        continue;
      }
      if (earlier) {
        Notification.dismiss(earlier.id);
      }
      const id = Notification.warning(notice.message, {
        autoClose: false,
        actions: this._actions(notice)
      });
      this._shown.set(notice.kind, { id, minutes: notice.minutes });
    }
  }

  private _actions(notice: INotice): Notification.IAction[] {
    const { trans, keep, usagePage } = this._options;
    if (notice.can_keep) {
      return [
        {
          label: trans.__('Keep Working'),
          displayType: 'accent',
          callback: keep
        }
      ];
    }
    const isQuota = notice.kind.endsWith('-hours');
    return isQuota && usagePage
      ? [
          {
            label: trans.__('Show My Usage'),
            callback: () => void window.open(usagePage, '_blank', 'noopener')
          }
        ]
      : [];
  }

  private readonly _shown = new Map<string, { id: string; minutes: number }>();
}
