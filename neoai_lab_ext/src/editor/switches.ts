import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { type IEditorSettings, type Keymap, readSettings } from './settings';
import { CommandIDs } from './tokens';

type Value = IEditorSettings[keyof IEditorSettings];

/** A command that turns one setting on and off; it is ticked while the setting is `on`. */
interface ISwitch {
  id: string;
  label: string;
  key: keyof IEditorSettings;
  on: Value;
  off: Value;
}

function switches(trans: TranslationBundle): ISwitch[] {
  const flag = (
    id: string,
    label: string,
    key: keyof IEditorSettings
  ): ISwitch => ({ id, label, key, on: true, off: false });
  return [
    flag(
      CommandIDs.toggleDefault,
      trans.__('Open Text Files in NeoAI Editor'),
      'defaultEditor'
    ),
    flag(
      CommandIDs.toggleMinimap,
      trans.__('Show Minimap in NeoAI Editor'),
      'minimap'
    ),
    {
      id: CommandIDs.toggleWordWrap,
      label: trans.__('Wrap Words in NeoAI Editor'),
      key: 'wordWrap',
      on: 'on',
      off: 'off'
    },
    {
      id: CommandIDs.toggleWhitespace,
      label: trans.__('Show Whitespace in NeoAI Editor'),
      key: 'renderWhitespace',
      on: 'all',
      off: 'selection'
    },
    flag(
      CommandIDs.toggleLineNumbers,
      trans.__('Show Line Numbers in NeoAI Editor'),
      'lineNumbers'
    ),
    flag(
      CommandIDs.toggleBreadcrumbs,
      trans.__('Show Breadcrumbs in NeoAI Editor'),
      'breadcrumbs'
    ),
    flag(
      CommandIDs.toggleStickyScroll,
      trans.__('Keep Headings in View in NeoAI Editor'),
      'stickyScroll'
    ),
    flag(
      CommandIDs.toggleBracketColors,
      trans.__('Colour Brackets in NeoAI Editor'),
      'bracketColors'
    ),
    flag(
      CommandIDs.toggleFolding,
      trans.__('Fold Blocks in NeoAI Editor'),
      'folding'
    ),
    flag(
      CommandIDs.toggleFormatOnSave,
      trans.__('Format on Save in NeoAI Editor'),
      'formatOnSave'
    ),
    flag(
      CommandIDs.toggleTrim,
      trans.__('Trim Trailing Whitespace on Save in NeoAI Editor'),
      'trimTrailingWhitespace'
    ),
    flag(
      CommandIDs.toggleFinalNewline,
      trans.__('End Files with a Line Break on Save in NeoAI Editor'),
      'insertFinalNewline'
    ),
    {
      id: CommandIDs.toggleScreenReader,
      label: trans.__('Screen Reader Mode in NeoAI Editor'),
      key: 'accessibilitySupport',
      on: 'on',
      off: 'auto'
    }
  ];
}

const KEYMAPS: Keymap[] = ['default', 'vim', 'emacs'];

/** Commands for the settings, in the palette and the menus. */
export function addSwitches(
  app: JupyterFrontEnd,
  settings: ISettingRegistry.ISettings,
  trans: TranslationBundle,
  palette: ICommandPalette | null,
  menu: IMainMenu | null
): void {
  const all = switches(trans);
  for (const { id, label, key, on, off } of all) {
    const isOn = () => readSettings(settings)[key] !== off;
    app.commands.addCommand(id, {
      label,
      isToggled: isOn,
      execute: () => settings.set(key, isOn() ? off : on)
    });
  }
  addKeymaps(app, settings, trans);
  settings.changed.connect(() => {
    for (const id of [...all.map(item => item.id), CommandIDs.setKeymap]) {
      app.commands.notifyCommandChanged(id);
    }
  });
  const category = trans.__('NeoAI Editor');
  for (const { id } of all) {
    palette?.addItem({ command: id, category });
  }
  for (const keymap of KEYMAPS) {
    const args = { keymap, isPalette: true };
    palette?.addItem({ command: CommandIDs.setKeymap, args, category });
  }
  place(all, menu);
}

function addKeymaps(
  app: JupyterFrontEnd,
  settings: ISettingRegistry.ISettings,
  trans: TranslationBundle
): void {
  const names: Record<string, string> = {
    default: trans.__('Default Keys'),
    vim: trans.__('Vim Keys'),
    emacs: trans.__('Emacs Keys')
  };
  app.commands.addCommand(CommandIDs.setKeymap, {
    label: args => {
      const name = names[String(args.keymap)] ?? trans.__('Keys');
      return args.isPalette ? trans.__('%1 in NeoAI Editor', name) : name;
    },
    isToggled: args => readSettings(settings).keymap === args.keymap,
    describedBy: {
      args: {
        type: 'object',
        required: ['keymap'],
        properties: { keymap: { type: 'string', enum: KEYMAPS } }
      }
    },
    execute: args => settings.set('keymap', args.keymap as Keymap)
  });
}

function place(all: ISwitch[], menu: IMainMenu | null): void {
  const inSettings = new Set<string>([
    CommandIDs.toggleDefault,
    CommandIDs.toggleFormatOnSave,
    CommandIDs.toggleTrim,
    CommandIDs.toggleFinalNewline,
    CommandIDs.toggleScreenReader
  ]);
  const items = all.map(({ id }) => ({ command: id }));
  menu?.viewMenu.addGroup(
    items.filter(({ command }) => !inSettings.has(command)),
    25
  );
  menu?.settingsMenu.addGroup(
    [
      ...items.filter(({ command }) => inSettings.has(command)),
      ...KEYMAPS.map(keymap => ({
        command: CommandIDs.setKeymap,
        args: { keymap, isPalette: true }
      }))
    ],
    15
  );
}
