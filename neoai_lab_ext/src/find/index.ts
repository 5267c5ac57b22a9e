import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { IProjects } from '../projects';
import { RecentFiles } from './recents';
import { CommandIDs } from './tokens';

export * from './tokens';

const STRING = { type: 'string' } as const;

/** Quick open: files, lines, symbols, text and commands by typing. */
const quickOpen: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:quick-open',
  description: 'Finds files of the current project by typing parts of names.',
  autoStart: true,
  requires: [IDocumentManager, IProjects, INeoAIEditorOpener],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects,
    opener: INeoAIEditorOpener,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const recents = new RecentFiles(app.serviceManager.serverSettings.baseUrl);
    app.shell.currentChanged?.connect((_, { newValue }) => {
      const context = newValue && documents.contextForWidget(newValue);
      if (context) {
        recents.add(context.path);
      }
    });
    const api = new API(app.serviceManager.serverSettings);
    const options = { app, api, documents, projects, opener, recents, trans };
    let loading: Promise<{ open: (text?: string) => void }> | null = null;
    const open = async (text: string) => {
      loading ??= import('./quickopen').then(
        ({ QuickOpen }) => new QuickOpen(options)
      );
      (await loading).open(text);
    };
    app.commands.addCommand(CommandIDs.quickOpen, {
      label: trans.__('Quick Open…'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            text: { ...STRING, description: trans.__('What is typed already') }
          }
        }
      },
      execute: args => open(String(args.text ?? ''))
    });
    palette?.addItem({
      command: CommandIDs.quickOpen,
      category: trans.__('NeoAI')
    });
  }
};

export const findPlugins = [quickOpen] as JupyterFrontEndPlugin<unknown>[];
