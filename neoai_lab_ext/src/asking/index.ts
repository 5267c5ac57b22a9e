import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { Chats } from '../codeblocks/chats';
import { LastEditor } from '../codeblocks/editors';
import { IProjects } from '../projects';
import { INeoAIReviewer } from '../review';
import { Adding } from './adding';
import { addCommands } from './commands';
import { takePictures } from './dropping';
import { EarlierFixes } from './earlier';
import { ErrorBars } from './errorbar';
import { CellErrors } from './errors';
import { Pictures } from './pictures';
import { ProjectChat } from './projectchat';
import { rememberFixes } from './remembering';
import { cellAt, isErrorOutput } from './sources';
import { PLUGIN_ID } from './tokens';

/** What goes from editors, cells and files into a chat, and questions about errors. */
const asking: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description:
    'Adds selections, outputs, files and pictures to a chat, and asks about errors.',
  autoStart: true,
  requires: [IDocumentManager, INeoAIReviewer, IProjects],
  optional: [IDefaultFileBrowser, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    reviewer: INeoAIReviewer,
    projects: IProjects,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const chats = new Chats(app);
    const editors = new LastEditor(app, documents);
    const projectChat = new ProjectChat(app, chats, projects);
    const pictures = new Pictures(app.serviceManager.contents, trans);
    const adding = new Adding({
      app,
      browser,
      chats,
      editors,
      pictures,
      projectChat,
      projects,
      trans
    });
    const errors = new CellErrors({
      app,
      api,
      projects,
      projectChat,
      reviewer,
      trans
    });
    const told = async (work: Promise<void>) => {
      try {
        await work;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        Notification.warning(message, { autoClose: 8000 });
      }
    };
    const about = (node?: Element | null) => {
      const cell = cellAt(app, editors, node);
      if (!cell) {
        throw new Error(trans.__('Go to a cell first.'));
      }
      return cell;
    };
    addCommands({ app, adding, errors, about, told, palette, trans });
    takePictures((files, input) => void told(adding.pictures(files, input)));
    const earlier = new EarlierFixes({
      api,
      projects,
      reviewer,
      cellAt: node => cellAt(app, editors, node),
      told,
      trans
    });
    rememberFixes({ app, api, projects, reviewer });
    new ErrorBars(
      {
        isError: child => isErrorOutput(app, editors, child),
        added: bar => void earlier.offer(bar),
        explain: node => told(errors.explain(about(node))),
        fix: (node, signal) =>
          told(
            errors.fix(about(node), signal).catch((error: unknown) => {
              if (!signal.aborted) {
                throw error;
              }
            })
          )
      },
      trans
    );
  }
};

export const askingPlugins = [asking] as JupyterFrontEndPlugin<unknown>[];
