import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../../api';
import { activatePanel } from '../../focus';
import { IProjects } from '../tokens';
import { TreeShell } from './shell';
import { CommandIDs } from './tokens';

const PALETTE = [
  CommandIDs.show,
  CommandIDs.newFile,
  CommandIDs.newFolder,
  CommandIDs.upload,
  CommandIDs.importZip,
  CommandIDs.exportZip,
  CommandIDs.search,
  CommandIDs.revealActive,
  CommandIDs.refresh,
  CommandIDs.collapse,
  CommandIDs.undo,
  CommandIDs.settings
];

/** The project view: the tree of a project's files in the left sidebar. */
export const projectTree: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:project-tree',
  description: 'The tree of a project’s files in the left sidebar.',
  autoStart: true,
  requires: [IProjects, IDocumentManager, IDefaultFileBrowser],
  optional: [IStateDB, ITranslator, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    projects: IProjects,
    documents: IDocumentManager,
    browser: IDefaultFileBrowser,
    state: IStateDB | null,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const shell = new TreeShell(trans, async () => {
      const { TreeRoom } = await import('./room');
      const api = new API(app.serviceManager.serverSettings);
      const room = new TreeRoom({
        app,
        api,
        projects,
        documents,
        browser,
        state,
        trans
      });
      await room.restore();
      return room;
    });
    app.shell.add(shell, 'left', { rank: 101, type: 'Project Files' });
    restorer?.add(shell, shell.id);
    projects.opened.connect((_, project) => void shell.open(project));
    app.commands.addCommand(CommandIDs.show, {
      label: trans.__('Show Project Files'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: async () => {
        await activatePanel(app.shell, shell.id);
        await shell.room();
      }
    });
    for (const command of PALETTE) {
      palette?.addItem({
        command,
        category: trans.__('NeoAI'),
        args: { isPalette: true }
      });
    }
  }
};
