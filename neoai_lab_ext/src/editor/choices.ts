import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { currentOf } from './commands';
import { CommandIDs, type INeoAIEditorOpener } from './tokens';

/** Commands that choose how the file in front is shown: its language and indentation. */
export function addChoices(
  app: JupyterFrontEnd,
  opener: INeoAIEditorOpener,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const view = () => currentOf(app, opener)?.content.view ?? null;
  const isEnabled = () => view() !== null;
  const { commands } = app;
  commands.addCommand(CommandIDs.setLanguage, {
    label: trans.__('Choose the Language…'),
    isEnabled,
    describedBy: {
      args: { type: 'object', properties: { language: { type: 'string' } } }
    },
    execute: async args => {
      const target = view();
      if (!target) {
        return;
      }
      const id =
        typeof args.language === 'string'
          ? args.language
          : await askLanguage(target, trans);
      if (id && !target.isDisposed) {
        target.setLanguage(id);
        target.editor.focus();
      }
    }
  });
  commands.addCommand(CommandIDs.setIndentation, {
    label: args =>
      args.insertSpaces
        ? trans.__('Indent with %1 Spaces', Number(args.size))
        : trans.__('Indent with Tabs of %1 Columns', Number(args.size)),
    isEnabled,
    isToggled: args => {
      const options = view()?.model.getOptions();
      return (
        options?.insertSpaces === args.insertSpaces &&
        options?.tabSize === args.size
      );
    },
    describedBy: {
      args: {
        type: 'object',
        required: ['insertSpaces', 'size'],
        properties: {
          insertSpaces: { type: 'boolean' },
          size: { type: 'integer', minimum: 1, maximum: 16 }
        }
      }
    },
    execute: args =>
      view()?.setIndentation(Boolean(args.insertSpaces), Number(args.size))
  });
  commands.addCommand(CommandIDs.convertIndentation, {
    label: args =>
      args.to === 'tabs'
        ? trans.__('Convert Indentation to Tabs')
        : trans.__('Convert Indentation to Spaces'),
    isEnabled,
    describedBy: {
      args: {
        type: 'object',
        required: ['to'],
        properties: { to: { type: 'string', enum: ['tabs', 'spaces'] } }
      }
    },
    execute: args =>
      view()?.run(
        args.to === 'tabs'
          ? 'editor.action.indentationToTabs'
          : 'editor.action.indentationToSpaces'
      )
  });
  const category = trans.__('NeoAI Editor');
  palette?.addItem({ command: CommandIDs.setLanguage, category });
  for (const insertSpaces of [true, false]) {
    for (const size of [2, 4, 8]) {
      const args = { insertSpaces, size };
      palette?.addItem({ command: CommandIDs.setIndentation, args, category });
    }
  }
  for (const to of ['spaces', 'tabs']) {
    const command = CommandIDs.convertIndentation;
    palette?.addItem({ command, args: { to }, category });
  }
}

async function askLanguage(
  view: {
    languages: { id: string; name: string }[];
    model: { getLanguageId(): string };
  },
  trans: TranslationBundle
): Promise<string | null> {
  const all = view.languages;
  const now = view.model.getLanguageId();
  const { value } = await InputDialog.getItem({
    title: trans.__('Language of this file'),
    label: trans.__('Language'),
    items: all.map(({ name }) => name),
    current: all.findIndex(({ id }) => id === now),
    okLabel: trans.__('Use')
  });
  return all.find(({ name }) => name === value)?.id ?? null;
}
