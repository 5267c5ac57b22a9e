import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { IEditorSettings } from '../editor/settings';
import type { Feature } from './feature';
import { showLog } from './menu';
import { CommandIDs } from './tokens';

interface IOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
  palette: ICommandPalette | null;
  stored: ISettingRegistry.ISettings | null;
  settings: () => IEditorSettings;
  load: () => Promise<Feature>;
}

/** What can be done with language servers and problems, by command. */
export function addCommands(options: IOptions): void {
  addServerCommands(options);
  addProblemCommands(options);
  addActions(options);
}

const describedBy = { args: { type: 'object', properties: {} } };

function currentOf({ app, opener }: IOptions): NeoAIEditorWidget | null {
  const { currentWidget } = opener.tracker;
  return currentWidget === app.shell.currentWidget ? currentWidget : null;
}

function addServerCommands(options: IOptions): void {
  const { app, trans, palette, stored, settings, load } = options;
  const isEnabled = () => !!currentOf(options)?.content.view;
  const language = () =>
    currentOf(options)?.content.view?.model.getLanguageId() ?? '';
  app.commands.addCommand(CommandIDs.restart, {
    label: trans.__('Restart Language Server'),
    describedBy,
    isEnabled,
    execute: async () => {
      const widget = currentOf(options);
      if (widget) {
        await (await load()).servers.restart(widget);
      }
    }
  });
  app.commands.addCommand(CommandIDs.showLog, {
    label: trans.__('Show Language Server Log'),
    describedBy,
    isEnabled,
    execute: async () => {
      const widget = currentOf(options);
      const { servers } = await load();
      const state = widget && servers.stateOf(widget);
      if (widget && state) {
        await showLog(state, servers.sessionOf(widget), trans);
      }
    }
  });
  app.commands.addCommand(CommandIDs.toggleLanguage, {
    label: () =>
      trans.__(
        'Use Language Server for %1',
        language() || trans.__('This Language')
      ),
    describedBy,
    isEnabled,
    isToggled: () => !settings().languageServersOff.includes(language()),
    execute: async () => {
      const off = settings().languageServersOff;
      const id = language();
      await stored?.set(
        'languageServersOff',
        off.includes(id) ? off.filter(one => one !== id) : [...off, id]
      );
    }
  });
  app.commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Use Language Servers'),
    describedBy,
    isToggled: () => settings().languageServers,
    execute: async () => {
      await stored?.set('languageServers', !settings().languageServers);
    }
  });
  const category = trans.__('NeoAI Editor');
  for (const command of [
    CommandIDs.restart,
    CommandIDs.showLog,
    CommandIDs.toggleLanguage,
    CommandIDs.toggle
  ]) {
    palette?.addItem({ command, category });
  }
}

function addProblemCommands({ app, trans, palette, load }: IOptions): void {
  app.commands.addCommand(CommandIDs.showProblems, {
    label: trans.__('Show Problems'),
    describedBy,
    execute: async () => (await load()).showProblems()
  });
  app.commands.addCommand(CommandIDs.nextProblem, {
    label: trans.__('Go to Next Problem'),
    describedBy,
    execute: async () => (await load()).step(1)
  });
  app.commands.addCommand(CommandIDs.previousProblem, {
    label: trans.__('Go to Previous Problem'),
    describedBy,
    execute: async () => (await load()).step(-1)
  });
  const category = trans.__('NeoAI Editor');
  for (const command of [
    CommandIDs.showProblems,
    CommandIDs.nextProblem,
    CommandIDs.previousProblem
  ]) {
    palette?.addItem({ command, category });
  }
}

/** Monaco's own actions, for menus and the palette; their keys are Monaco's. */
function addActions(options: IOptions): void {
  const { app, trans, palette } = options;
  const actions: [string, string, string][] = [
    [
      CommandIDs.goToDefinition,
      'editor.action.revealDefinition',
      trans.__('Go to Definition')
    ],
    [
      CommandIDs.peekReferences,
      'editor.action.goToReferences',
      trans.__('Peek References')
    ],
    [CommandIDs.rename, 'editor.action.rename', trans.__('Rename Symbol')],
    [CommandIDs.quickFix, 'editor.action.quickFix', trans.__('Quick Fix…')]
  ];
  for (const [command, action, label] of actions) {
    app.commands.addCommand(command, {
      label,
      describedBy,
      isEnabled: () => !!currentOf(options)?.content.view,
      execute: () => currentOf(options)?.content.view?.run(action)
    });
    palette?.addItem({ command, category: trans.__('NeoAI Editor') });
  }
}
