import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { searchIcon } from '@jupyterlab/ui-components';

import { lazy } from 'react';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { activatePanel } from '../focus';
import { lazily } from '../lazy';
import { IProjects } from '../projects';
import { Everywhere, type IChoice } from './everywhere';
import { join, OpenFiles } from './openfiles';
import { SearchPanel } from './panel';
import { RecentFiles } from './recents';
import type { Open } from './results';
import { SearchModel } from './searchmodel';
import { byMeaning, byName, bySymbol } from './sources';
import { CommandIDs } from './tokens';

export * from './tokens';

const STATE = 'neoai-search:state';
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
    const quick = lazily(() =>
      import('./quickopen').then(({ QuickOpen }) => new QuickOpen(options))
    );
    const open = async (text: string) => (await quick()).open(text);
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

/** The Search panel: text, meaning, symbols and files of the current project, and replacing. */
const search: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:search',
  description:
    'Finds text, passages, symbols and files of the current project, and replaces text.',
  autoStart: true,
  requires: [
    IDocumentManager,
    IProjects,
    INeoAIEditorOpener,
    IEditorLanguageRegistry
  ],
  optional: [ITranslator, ICommandPalette, ILayoutRestorer, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects,
    opener: INeoAIEditorOpener,
    languages: IEditorLanguageRegistry,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const openFiles = new OpenFiles(app, documents, opener, trans);
    const api = new API(app.serviceManager.serverSettings);
    const text = new SearchModel(
      api,
      trans,
      paths => openFiles.save(paths),
      paths => openFiles.reload(paths)
    );
    const find = {
      files: byName(api),
      symbols: bySymbol(api),
      meaning: byMeaning(api)
    };
    const model = new Everywhere(text, projects, find, trans);
    const open: Open = async (kind, file, match) => {
      const path = model.project && join(model.project, file.path);
      if (path !== null && !(await openFiles.show(path, match, kind))) {
        model.forget(path);
      }
    };
    const { contents } = app.serviceManager;
    const preview = lazy(async () => {
      const { previewOf } = await import('./preview');
      return { default: previewOf(contents, api, languages) };
    });
    const panel = new SearchPanel(model, open, preview, app.commands);
    app.serviceManager.contents.fileChanged.connect((_, change) => {
      if (
        change.oldValue?.path &&
        change.newValue?.path !== change.oldValue.path
      ) {
        model.forget(change.oldValue.path);
      }
    });
    void remember(model, state);
    app.shell.add(panel, 'left', { rank: 160, type: 'Search in Project' });
    restorer?.add(panel, panel.id);
    const show = async (isReplacing: boolean): Promise<void> => {
      const chosen = openFiles.selectedText();
      if (isReplacing) {
        model.replace(true);
      }
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
      isEnabled: () => !!text.done && !text.done.isUndone,
      execute: () => text.undo()
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

/** Keep what is shown with the layout. */
async function remember(
  model: Everywhere,
  state: IStateDB | null
): Promise<void> {
  const saved = await state?.fetch(STATE).catch(() => undefined);
  model.choice = (saved ?? {}) as Partial<IChoice>;
  let last = JSON.stringify(model.choice);
  model.stateChanged.connect(() => {
    const now = JSON.stringify(model.choice);
    if (now !== last) {
      last = now;
      void state?.save(STATE, { ...model.choice });
    }
  });
}

export const findPlugins = [
  quickOpen,
  search
] as JupyterFrontEndPlugin<unknown>[];
