import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { activatePanel } from '../focus';
import { IProjects } from '../projects';
import { Roles } from '../sharing/roles';
import { UsageModel } from './model';
import { UsageStatus } from './status';
import { CommandIDs } from './tokens';
import type { UsageView } from './view';

/** What models were asked and what it cost: a panel, and this month in the status bar. */
const usage: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:usage',
  description:
    'What models cost: by day, model, project and task, against limits.',
  autoStart: true,
  requires: [IProjects],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    projects: IProjects,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    statusBar: IStatusBar | null
  ): void => {
    if (Roles.ofPage()) {
      return; // the account's costs are its owner's to see
    }
    const trans = (translator ?? nullTranslator).load('neoai');
    const model = new UsageModel(new API(app.serviceManager.serverSettings));
    const tracker = new WidgetTracker<MainAreaWidget<UsageView>>({
      namespace: 'neoai-usage'
    });
    app.commands.addCommand(CommandIDs.show, {
      label: trans.__('Show Usage of Models'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        let shown = tracker.currentWidget;
        if (!shown) {
          const { usageWidget } = await import('./view');
          shown = tracker.currentWidget ?? usageWidget(model, projects, trans);
        }
        if (!shown.isAttached) {
          app.shell.add(shown, 'main', { type: 'Usage' });
          await tracker.add(shown);
        }
        await activatePanel(app.shell, shown.id);
      }
    });
    palette?.addItem({
      command: CommandIDs.show,
      category: trans.__('NeoAI')
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.show,
      name: () => 'usage'
    });
    const item = new UsageStatus(
      model,
      trans,
      () => void app.commands.execute(CommandIDs.show)
    );
    statusBar?.registerStatusItem('neoai-usage', {
      item,
      align: 'right',
      rank: 200,
      isActive: () => item.isActive,
      activeStateChanged: model.changed
    });
    window.addEventListener('focus', () => void model.refresh());
    void app.restored.then(() => model.start());
  }
};

export const usagePlugins = [usage] as JupyterFrontEndPlugin<unknown>[];
