import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { IProjects } from '../projects';
import { explain } from '../projects/errors';
import { IndexModel } from './model';
import { IndexStatusItem } from './status';
import { CommandIDs } from './tokens';

const ID = '@neoai/lab:search-index';

/** The search index of the current project: how it stands, pausing it and making it anew. */
const searchIndex: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows in the status bar how the search index stands.',
  autoStart: true,
  requires: [IProjects],
  optional: [ITranslator, ICommandPalette, IStatusBar, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    projects: IProjects,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const model = new IndexModel(
      new API(app.serviceManager.serverSettings),
      projects
    );
    const told = (work: Promise<void>) =>
      work.catch((error: unknown) => {
        Notification.error(explain(error, trans));
      });
    const mayWrite = () =>
      model.status !== null && model.project?.role !== 'viewer';
    const args = { type: 'object' as const, properties: {} };
    app.commands.addCommand(CommandIDs.pause, {
      label: () =>
        model.status?.paused
          ? trans.__('Resume Indexing the Project')
          : trans.__('Pause Indexing the Project'),
      describedBy: { args },
      isEnabled: mayWrite,
      execute: () => told(model.pause(!model.status?.paused))
    });
    app.commands.addCommand(CommandIDs.rebuild, {
      label: trans.__('Rebuild the Search Index of the Project'),
      describedBy: { args },
      isEnabled: mayWrite,
      execute: () => told(model.rebuild())
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('NeoAI') });
    }
    const item = new IndexStatusItem(model, trans);
    statusBar?.registerStatusItem('neoai-search-index', {
      item,
      align: 'right',
      rank: 210,
      priority: 1,
      isActive: () => item.isActive,
      activeStateChanged: model.changed
    });
    model.changed.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.pause);
      app.commands.notifyCommandChanged(CommandIDs.rebuild);
    });
    void app.restored.then(async () => {
      const settings = await registry?.load(ID).catch(() => null);
      const apply = () => {
        model.isEager = settings?.composite['indexWhenOpened'] !== false;
      };
      settings?.changed.connect(apply);
      apply();
      model.start();
    });
  }
};

export const searchIndexPlugins = [
  searchIndex
] as JupyterFrontEndPlugin<unknown>[];
