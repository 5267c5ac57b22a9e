import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandToolbarButton, Toolbar } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';

import { projectsIcon } from './icons';
import { ProjectList } from './list';
import type { PanelModel } from './panelmodel';
import { CommandIDs } from './tokens';

/** The Projects panel of the left sidebar. */
export class ProjectsPanel extends Panel {
  constructor(
    readonly model: PanelModel,
    trans: TranslationBundle
  ) {
    super();
    this.id = 'neoai-projects';
    this.addClass('neoai-Projects');
    this.title.icon = projectsIcon;
    this.title.caption = trans.__('Projects');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Projects'));

    const toolbar = new Toolbar();
    toolbar.addClass('neoai-Projects-toolbar');
    toolbar.node.setAttribute('aria-label', trans.__('Projects'));
    for (const id of [
      CommandIDs.openFolder,
      CommandIDs.create,
      CommandIDs.clone
    ]) {
      toolbar.addItem(id, this._button(id));
    }
    toolbar.addItem('spacer', Toolbar.createSpacerItem());
    for (const id of [CommandIDs.ask, CommandIDs.refresh]) {
      toolbar.addItem(id, this._button(id));
    }
    this._list = new ProjectList(model);
    this.addWidget(toolbar);
    this.addWidget(this._list);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this._list.activate();
  }

  /** Others may have changed the list while it was out of sight. */
  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this.model.projects.refresh();
  }

  private _button(id: string): CommandToolbarButton {
    return new CommandToolbarButton({
      commands: this.model.commands,
      id,
      label: ''
    });
  }

  private readonly _list: ProjectList;
}
