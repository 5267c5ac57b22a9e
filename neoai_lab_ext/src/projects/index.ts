import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { activatePanel } from '../focus';
import { Actions } from './actions';
import { addCommands, PALETTE } from './commands';
import { HealthWatch } from './health';
import { showHealth } from './healthview';
import { Roles } from '../sharing/roles';
import { ProjectsModel } from './model';
import { ProjectsPanel } from './panel';
import { type Order, PanelModel } from './panelmodel';
import { ProjectStatus } from './status';
import { CommandIDs, IProjects } from './tokens';
import { projectTree } from './tree';

export * from './tokens';

const PLUGIN_ID = '@neoai/lab:projects';

/** `schema/projects.json` documents these and holds the defaults. */
const settings = { order: 'name' as Order, showFiles: true, newFolder: '' };

/** The projects, their panel and their commands. */
const projects: JupyterFrontEndPlugin<IProjects> = {
  id: PLUGIN_ID,
  description:
    'The projects of this server: a panel, and commands to add and open them.',
  autoStart: true,
  provides: IProjects,
  requires: [IDocumentManager, IDefaultFileBrowser],
  optional: [ISettingRegistry, ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    browser: IDefaultFileBrowser,
    registry: ISettingRegistry | null,
    maybeTranslator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): IProjects => {
    const translator = maybeTranslator ?? nullTranslator;
    const trans = translator.load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const model = new ProjectsModel(api);
    const panelModel = new PanelModel(model, app.commands, trans);
    const showPanel = () => activatePanel(app.shell, 'neoai-projects');
    const { contents } = app.serviceManager;
    const actions = new Actions({
      api,
      model,
      documents,
      translator,
      trans,
      newFolder: () => settings.newFolder,
      showPanel,
      showFolder: async path => {
        // Asked first: the file browser would answer with a dialog of its own, and leave.
        await contents.get(path, { content: false });
        await browser.model.cd(`/${path}`);
        if (settings.showFiles) {
          await activatePanel(app.shell, 'neoai-tree');
        }
      }
    });
    addCommands({
      commands: app.commands,
      actions,
      panel: panelModel,
      showPanel,
      trans
    });
    for (const command of PALETTE) {
      palette?.addItem({
        command,
        category: trans.__('NeoAI'),
        args: { isPalette: true }
      });
    }

    const follow = () => model.follow(contents.localPath(browser.model.path));
    browser.model.pathChanged.connect(follow);
    // Whichever changed last says where the user is: the folder shown, or the file in front.
    app.shell.currentChanged?.connect((_, { newValue }) => {
      const file = newValue && documents.contextForWidget(newValue)?.path;
      if (file) {
        model.follow(PathExt.dirname(contents.localPath(file)));
      }
    });
    const panel = new ProjectsPanel(panelModel, trans);
    app.shell.add(panel, 'left', { rank: 150, type: 'Projects' });
    restorer?.add(panel, panel.id);
    void app.restored.then(async () => {
      follow();
      await model.refresh();
    });
    void followSettings(registry, composite => {
      Object.assign(settings, composite);
      panelModel.order = settings.order;
    });
    return model;
  }
};

/** Ways to begin, among the launcher's cards. */
const launcherCards: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:projects-launcher',
  description: 'Launcher cards to open, make and clone projects.',
  autoStart: true,
  requires: [IProjects, ILauncher],
  optional: [ITranslator],
  activate: (
    _: JupyterFrontEnd,
    __: IProjects,
    launcher: ILauncher,
    translator: ITranslator | null
  ): void => {
    if (Roles.ofPage()) {
      return; // only the server's owner makes projects
    }
    const category = (translator ?? nullTranslator).load('neoai').__('NeoAI');
    [
      CommandIDs.openFolder,
      CommandIDs.create,
      CommandIDs.createFromTemplate,
      CommandIDs.clone
    ].forEach((command, rank) => {
      launcher.add({ command, category, rank, args: { isLauncher: true } });
    });
  }
};

/** How the server is: a command that asks, and a mark in the status bar when it is not well. */
const status: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:projects-status',
  description: 'The current project and the server’s health in the status bar.',
  autoStart: true,
  requires: [IProjects],
  optional: [IStatusBar, ISettingRegistry, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    known: IProjects,
    statusBar: IStatusBar | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const { commands } = app;
    const health = new HealthWatch(new API(app.serviceManager.serverSettings));
    commands.addCommand(CommandIDs.health, {
      label: trans.__('Show NeoAI’s Health'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => showHealth(health, trans)
    });
    palette?.addItem({
      command: CommandIDs.health,
      category: trans.__('NeoAI')
    });
    const item = new ProjectStatus({
      projects: known,
      health,
      commands,
      trans
    });
    statusBar?.registerStatusItem('neoai-project', {
      item,
      align: 'left',
      rank: 0
    });
    void followSettings(registry, composite => {
      health.interval = Number(composite.healthInterval ?? 60);
    });
    void app.restored.then(() => health.start());
  }
};

/** Apply the settings now and whenever they change; the defaults hold where they cannot be read. */
async function followSettings(
  registry: ISettingRegistry | null,
  apply: (composite: ISettingRegistry.ISettings['composite']) => void
): Promise<void> {
  try {
    const found = await registry?.load(PLUGIN_ID);
    if (found) {
      apply(found.composite);
      found.changed.connect(() => apply(found.composite));
    }
  } catch (error) {
    console.warn(
      `The settings of ${PLUGIN_ID} cannot be read; the defaults hold.`,
      error
    );
  }
}

export const projectsPlugins = [
  projects,
  projectTree,
  launcherCards,
  status
] as JupyterFrontEndPlugin<unknown>[];
