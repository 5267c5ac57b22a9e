import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ICompletionProviderManager } from '@jupyterlab/completer';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import type { INeoAIEditorOpener } from '../editor';
import type { Completers } from './completers';
import { firstLine, firstWord } from './place';
import type { CompletionStatus } from './status';
import { CommandIDs, PLUGIN_ID } from './tokens';

export interface ICommandOptions {
  readonly app: JupyterFrontEnd;
  readonly opener: INeoAIEditorOpener;
  readonly manager: ICompletionProviderManager | null;
  readonly completers: Completers;
  readonly status: CompletionStatus;
  readonly settings: ISettingRegistry.ISettings | null;
  readonly palette: ICommandPalette | null;
  readonly trans: TranslationBundle;
}

const ACTIVE = '.jp-mod-inline-completer-active';
/** JupyterLab's own, which show another of the suggestions that are there. */
const OTHERS = ['inline-completer:next', 'inline-completer:previous'];

/** The commands, for Monaco and for JupyterLab's editors alike. */
export function addCommands(options: ICommandOptions): void {
  const { app, completers, manager, palette, settings, status, trans } =
    options;
  const { commands, shell } = app;
  const describedBy = { args: { type: 'object', properties: {} } };
  const view = () => {
    const { currentWidget } = options.opener.tracker;
    return currentWidget !== null && currentWidget === shell.currentWidget
      ? currentWidget.content.view
      : null;
  };
  const inMonaco = (action: string) => {
    const found = view();
    found?.run(`editor.action.inlineSuggest.${action}`);
    return found !== null;
  };
  commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Completion as You Type'),
    caption: trans.__('Pause completions by a model, or go on'),
    describedBy,
    isToggled: () => status.isEnabled,
    execute: async () => {
      const enabled = !status.isEnabled;
      status.isEnabled = enabled;
      await settings?.set('enabled', enabled);
    }
  });
  commands.addCommand(CommandIDs.suggest, {
    label: trans.__('Suggest a Completion'),
    describedBy,
    execute: () => {
      const id = shell.currentWidget?.id;
      if (!inMonaco('trigger') && id) {
        manager?.inline?.invoke(id);
      }
    }
  });
  commands.addCommand(CommandIDs.acceptWord, {
    label: trans.__('Accept the Next Word of a Suggestion'),
    describedBy,
    execute: () => {
      if (!inMonaco('acceptNextWord')) {
        completers.accept(firstWord);
      }
    }
  });
  commands.addCommand(CommandIDs.acceptLine, {
    label: trans.__('Accept the Next Line of a Suggestion'),
    describedBy,
    execute: () => {
      if (!inMonaco('acceptNextLine')) {
        completers.accept(firstLine);
      }
    }
  });
  commands.addCommand(CommandIDs.dismiss, {
    label: trans.__('Dismiss a Suggestion'),
    describedBy,
    execute: () => {
      if (!inMonaco('hide')) {
        completers.active?.model?.reset();
      }
    }
  });
  for (const command of Object.values(CommandIDs)) {
    palette?.addItem({ command, category: trans.__('NeoAI') });
  }
  status.changed.connect(() =>
    commands.notifyCommandChanged(CommandIDs.toggle)
  );
  askForOthers(options);
  document.addEventListener('keydown', takeKeys(commands), true);
}

/** Where somebody asks for another suggestion and there is but one, ask for more. */
function askForOthers({ app, completers, manager }: ICommandOptions): void {
  app.commands.commandExecuted.connect((_, { id }) => {
    const items = completers.active?.model?.completions?.items ?? [];
    const { currentWidget } = app.shell;
    const isOurs = items[0]?.provider.identifier === PLUGIN_ID;
    if (OTHERS.includes(id) && items.length === 1 && isOurs && currentWidget) {
      manager?.inline?.invoke(currentWidget.id);
    }
  });
}

/**
 * CodeMirror takes such keys as Ctrl+Right before any shortcut: those of our commands go first
 * where a suggestion is shown.
 */
function takeKeys(commands: CommandRegistry): (event: KeyboardEvent) => void {
  const ours = new Set<string>(Object.values(CommandIDs));
  return event => {
    if (!(event.target as Element | null)?.closest?.(ACTIVE)) {
      return;
    }
    const stroke = CommandRegistry.keystrokeForKeydownEvent(event);
    const binding = commands.keyBindings.find(
      ({ command, keys, selector }) =>
        ours.has(command) &&
        selector === ACTIVE &&
        keys.length === 1 &&
        keys[0] === stroke
    );
    if (binding) {
      event.preventDefault();
      event.stopPropagation();
      void commands.execute(binding.command, binding.args);
    }
  };
}
