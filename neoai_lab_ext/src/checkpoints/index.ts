import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { IProjects } from '../projects';
import { addCommands } from './commands';
import { HistoryPanel } from './panel';

/** Versions of files and checkpoints of projects: a panel, and comparisons. */
const history: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:history',
  description:
    'Versions of files, checkpoints of projects, and comparing files with what they were.',
  autoStart: true,
  requires: [IDocumentManager, IProjects, INeoAIEditorOpener],
  optional: [
    ITranslator,
    ILayoutRestorer,
    ICommandPalette,
    IRenderMimeRegistry,
    IThemeManager
  ],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects,
    opener: INeoAIEditorOpener,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    rendermime: IRenderMimeRegistry | null,
    themes: IThemeManager | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const panel = new HistoryPanel(trans, async () => {
      const { historyRoom } = await import('./room');
      return historyRoom({
        app,
        api,
        documents,
        opener,
        projects,
        rendermime,
        themes,
        trans
      });
    });
    app.shell.add(panel, 'right', { rank: 800, type: 'History' });
    restorer?.add(panel, panel.id);

    let followed: { path: string } | null = null;
    const show = () => panel.showFile(followed?.path ?? null);
    app.shell.currentChanged?.connect((_, { newValue }) => {
      const context = newValue && documents.contextForWidget(newValue);
      if (context && context !== followed) {
        followed = context;
        context.pathChanged.connect(show);
        context.fileChanged.connect(show);
        context.disposed.connect(() => {
          if (followed === context) {
            followed = null;
            show();
          }
        });
        show();
      }
    });
    projects.changed.connect(show);
    projects.currentChanged.connect(show);
    addCommands({ app, documents, opener, panel, palette, trans });
  }
};

export const historyPlugins = [history] as JupyterFrontEndPlugin<unknown>[];
