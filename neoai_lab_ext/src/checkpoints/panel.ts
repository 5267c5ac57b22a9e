import type { TranslationBundle } from '@jupyterlab/translation';
import { historyIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel, type Widget } from '@lumino/widgets';

import type { HistoryActions } from './actions';
import type { Comparing } from './comparing';
import type { History } from './history';

/** What is loaded when the history is first seen. */
export interface IHistoryRoom {
  readonly actions: HistoryActions;
  readonly comparing: Comparing;
  readonly history: History;
  readonly view: Widget;
}

/** The place of the history in the sidebar. */
export class HistoryPanel extends Panel {
  constructor(
    trans: TranslationBundle,
    private readonly _load: () => Promise<IHistoryRoom>
  ) {
    super();
    this.id = 'neoai-history';
    this.addClass('neoai-History');
    this.title.icon = historyIcon;
    this.title.caption = trans.__('History');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('History'));
  }

  room(): Promise<IHistoryRoom> {
    this._room ??= this._load().then(room => {
      this.addWidget(room.view);
      return room;
    });
    return this._room;
  }

  /** Show the history of `path` from now on; nothing is asked for while nobody looks. */
  showFile(path: string | null): void {
    this._path = path;
    if (this.isVisible) {
      void this.room().then(({ history }) => history.show(this._path));
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.showFile(this._path);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.room().then(({ view }) => view.activate());
  }

  private _path: string | null = null;
  private _room: Promise<IHistoryRoom> | null = null;
}
