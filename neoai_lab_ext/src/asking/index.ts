import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { Chats } from '../codeblocks/chats';
import type { LastEditor } from '../codeblocks/editors';
import { ILastEditor } from '../codeblocks/tokens';
import { lazily } from '../lazy';
import { IProjects } from '../projects';
import { INeoAIReviewer } from '../review';
import { addCommands } from './commands';
import { takePictures } from './dropping';
import { ErrorBars } from './errorbar';
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
  requires: [ILastEditor, INeoAIReviewer, IProjects],
  optional: [IDefaultFileBrowser, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    editors: LastEditor,
    reviewer: INeoAIReviewer,
    projects: IProjects,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const chats = new Chats(app);
    const projectChat = new ProjectChat(app, chats, projects);
    const pictures = new Pictures(app.serviceManager.contents, trans);
    const options = {
      app,
      api,
      browser,
      chats,
      editors,
      pictures,
      projectChat,
      projects,
      reviewer,
      trans
    };
    const adding = lazily(() =>
      import('./adding').then(({ Adding }) => new Adding(options))
    );
    const errors = lazily(() =>
      import('./errors').then(({ CellErrors }) => new CellErrors(options))
    );
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
    takePictures(
      (files, input) =>
        void told(adding().then(it => it.pictures(files, input)))
    );
    const earlier = lazily(async () => {
      const { EarlierFixes } = await import('./earlier');
      return new EarlierFixes({
        ...options,
        cellAt: node => cellAt(app, editors, node),
        told
      });
    });
    rememberFixes({ app, api, projects, reviewer });
    new ErrorBars(
      {
        isError: child => isErrorOutput(app, editors, child),
        added: bar => void earlier().then(it => it.offer(bar)),
        explain: node => told(errors().then(it => it.explain(about(node)))),
        fix: (node, signal) =>
          told(
            errors()
              .then(it => it.fix(about(node), signal))
              .catch((error: unknown) => {
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
