import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { searchIcon } from '@jupyterlab/ui-components';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { activatePanel } from '../focus';
import { IProjects } from '../projects';
import { join, OpenFiles } from './openfiles';
import { SearchPanel } from './panel';
import { RecentFiles } from './recents';
import { SearchModel } from './searchmodel';
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

/** The Search panel: text across the current project, and its replacement. */
const search: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:search',
  description: 'Searches and replaces text across the current project.',
  autoStart: true,
  requires: [IDocumentManager, IProjects, INeoAIEditorOpener],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects,
    opener: INeoAIEditorOpener,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const openFiles = new OpenFiles(app, documents, opener, trans);
    const model = new SearchModel(
      new API(app.serviceManager.serverSettings),
      projects,
      trans,
      paths => openFiles.save(paths),
      paths => openFiles.reload(paths)
    );
    const panel = new SearchPanel(model, async (file, match) => {
      const path = model.project && join(model.project, file.path);
      if (path !== null && !(await openFiles.show(path, match))) {
        model.forget(path);
      }
    });
    app.serviceManager.contents.fileChanged.connect((_, change) => {
      if (
        change.oldValue?.path &&
        change.newValue?.path !== change.oldValue.path
      ) {
        model.forget(change.oldValue.path);
      }
    });
    app.shell.add(panel, 'left', { rank: 160, type: 'Search in Project' });
    restorer?.add(panel, panel.id);
    const show = async (isReplacing: boolean): Promise<void> => {
      const chosen = openFiles.selectedText();
      model.update({ isReplacing: isReplacing || model.isReplacing });
      await activatePanel(app.shell, panel.id);
      panel.focusQuery();
      if (chosen) {
        model.set({ query: chosen }, true);
      }
    };
    const describedBy = { args: { type: 'object', properties: {} } };
    app.commands.addCommand(CommandIDs.search, {
      label: trans.__('Search in Project'),
      icon: searchIcon,
      describedBy,
      execute: () => show(false)
    });
    app.commands.addCommand(CommandIDs.replace, {
      label: trans.__('Replace in Project'),
      describedBy,
      execute: () => show(true)
    });
    app.commands.addCommand(CommandIDs.undoReplace, {
      label: trans.__('Undo the Last Replacement in Project'),
      describedBy,
      isEnabled: () => !!model.done && !model.done.isUndone,
      execute: () => model.undo()
    });
    for (const command of [
      CommandIDs.search,
      CommandIDs.replace,
      CommandIDs.undoReplace
    ]) {
      palette?.addItem({ command, category: trans.__('NeoAI') });
    }
  }
};

export const findPlugins = [
  quickOpen,
  search
] as JupyterFrontEndPlugin<unknown>[];
