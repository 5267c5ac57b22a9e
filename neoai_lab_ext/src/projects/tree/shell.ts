import type { TranslationBundle } from '@jupyterlab/translation';
import { treeViewIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';

import type { Project } from '../tokens';
import type { TreeRoom } from './room';

/** The place of the project view in the sidebar; what is in it is loaded when it is first seen. */
export class TreeShell extends Panel {
  constructor(
    trans: TranslationBundle,
    private readonly _load: () => Promise<TreeRoom>
  ) {
    super();
    this.id = 'neoai-tree';
    this.addClass('neoai-Tree');
    this.title.icon = treeViewIcon;
    this.title.caption = trans.__('Project Files');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Project Files'));
  }

  /** The view; loads it where that has not happened yet. */
  room(): Promise<TreeRoom> {
    this._room ??= this._load().then(
      room => {
        this.addWidget(room);
        return room;
      },
      error => {
        this._room = null;
        throw error;
      }
    );
    return this._room;
  }

  async open(project: Project): Promise<void> {
    (await this.room()).showProject(project);
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this.room()
      .then(room => room.watch.look())
      // Whoever looks next tries again.
      .catch(error =>
        console.warn('The project’s files cannot be read.', error)
      );
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    void this.room().then(room => room.list.focusTree());
  }

  private _room: Promise<TreeRoom> | null = null;
}
