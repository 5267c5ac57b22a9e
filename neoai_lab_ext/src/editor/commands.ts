import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { markdownIcon, undoIcon } from '@jupyterlab/ui-components';
import { redoIcon } from '@jupyterlab/ui-components';

import { JUPYTERLAB_EDITOR } from './defaulteditor';
import { readSettings } from './settings';
import {
  CommandIDs,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';

interface ICommandsOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  settings: ISettingRegistry.ISettings | null;
  trans: TranslationBundle;
}

/** The editor's commands, each registered once and reused by palette, menus and shortcuts. */
export function addCommands(options: ICommandsOptions): void {
  addOpening(options);
  addActions(options);
  addSwitches(options);
}

function addOpening({ app, opener, trans }: ICommandsOptions): void {
  const { commands } = app;
  commands.addCommand(CommandIDs.openAtLine, {
    label: trans.__('Open File at Line in NeoAI Editor'),
    describedBy: {
      args: {
        type: 'object',
        required: ['path'],
        properties: {
          path: {
            type: 'string',
            description: trans.__('Path relative to the server’s root')
          },
          line: {
            type: 'integer',
            minimum: 1,
            description: trans.__('First line, from 1')
          },
          endLine: {
            type: 'integer',
            minimum: 1,
            description: trans.__('Last line, inclusive')
          },
          mode: {
            type: 'string',
            enum: ['tab-after', 'split-left', 'split-right'],
            description: trans.__('Where, while no other file is open')
          }
        }
      }
    },
    execute: async args => {
      const path = String(args.path ?? '');
      const line = asLine(args.line);
      try {
        return await opener.open(
          path,
          line,
          asLine(args.endLine),
          args.mode as DocumentRegistry.IOpenOptions['mode']
        );
      } catch (error) {
        await showErrorMessage(
          trans.__('Cannot open %1', path),
          error as Error
        );
        return null;
      }
    }
  });
  commands.addCommand(CommandIDs.openWithJupyterLab, {
    label: trans.__('Open with JupyterLab’s Editor'),
    isEnabled: () => currentOf(app, opener) !== null,
    execute: () => {
      const widget = currentOf(app, opener);
      return widget
        ? commands.execute('docmanager:open', {
            path: widget.context.path,
            factory: JUPYTERLAB_EDITOR
          })
        : null;
    }
  });
  commands.addCommand(CommandIDs.markdownPreview, {
    label: trans.__('Show Markdown Preview'),
    icon: markdownIcon,
    isEnabled: () => {
      const path = currentOf(app, opener)?.context.path ?? '';
      return (
        /\.(md|markdown)$/i.test(path) &&
        commands.hasCommand('markdownviewer:open')
      );
    },
    execute: () =>
      commands.execute('markdownviewer:open', {
        path: currentOf(app, opener)?.context.path ?? '',
        options: { mode: 'split-right' }
      })
  });
}

function addActions({ app, opener, trans }: ICommandsOptions): void {
  const isEnabled = () => !!currentOf(app, opener)?.content.view;
  const view = () => currentOf(app, opener)?.content.view;
  const actions: [string, string, string][] = [
    [CommandIDs.goToLine, trans.__('Go to Line…'), 'editor.action.gotoLine'],
    [CommandIDs.find, trans.__('Find in File…'), 'actions.find'],
    [
      CommandIDs.commandPalette,
      trans.__('Editor Commands…'),
      'editor.action.quickCommand'
    ]
  ];
  for (const [id, label, action] of actions) {
    app.commands.addCommand(id, {
      label,
      isEnabled,
      execute: () => view()?.run(action)
    });
  }
  app.commands.addCommand(CommandIDs.undo, {
    label: trans.__('Undo'),
    icon: undoIcon,
    isEnabled,
    execute: () => view()?.undo()
  });
  app.commands.addCommand(CommandIDs.redo, {
    label: trans.__('Redo'),
    icon: redoIcon,
    isEnabled,
    execute: () => view()?.redo()
  });
}

function addSwitches({ app, settings, trans }: ICommandsOptions): void {
  if (!settings) {
    return;
  }
  const flip = (id: string, label: string, key: 'defaultEditor' | 'minimap') =>
    app.commands.addCommand(id, {
      label,
      isToggled: () => readSettings(settings)[key],
      execute: () => settings.set(key, !readSettings(settings)[key])
    });
  flip(
    CommandIDs.toggleDefault,
    trans.__('Open Text Files in NeoAI Editor'),
    'defaultEditor'
  );
  flip(
    CommandIDs.toggleMinimap,
    trans.__('Show Minimap in NeoAI Editor'),
    'minimap'
  );
  app.commands.addCommand(CommandIDs.toggleWordWrap, {
    label: trans.__('Wrap Words in NeoAI Editor'),
    isToggled: () => readSettings(settings).wordWrap !== 'off',
    execute: () =>
      settings.set(
        'wordWrap',
        readSettings(settings).wordWrap === 'off' ? 'on' : 'off'
      )
  });
  settings.changed.connect(() => {
    for (const id of SWITCHES) {
      app.commands.notifyCommandChanged(id);
    }
  });
}

const SWITCHES = [
  CommandIDs.toggleDefault,
  CommandIDs.toggleMinimap,
  CommandIDs.toggleWordWrap
];

/** Put the commands where people look for them. */
export function placeCommands(
  { app, opener, settings, trans }: ICommandsOptions,
  palette: ICommandPalette | null,
  menu: IMainMenu | null
): void {
  const category = trans.__('NeoAI Editor');
  const shown: string[] = [
    CommandIDs.goToLine,
    CommandIDs.find,
    CommandIDs.commandPalette,
    CommandIDs.openWithJupyterLab,
    CommandIDs.markdownPreview,
    ...(settings ? SWITCHES : [])
  ];
  for (const command of shown) {
    palette?.addItem({ command, category });
  }
  const isEnabled = () => !!currentOf(app, opener)?.content.view;
  menu?.editMenu.undoers.undo.add({ id: CommandIDs.undo, isEnabled });
  menu?.editMenu.undoers.redo.add({ id: CommandIDs.redo, isEnabled });
  menu?.editMenu.goToLiners.add({ id: CommandIDs.goToLine, isEnabled });
  if (settings) {
    menu?.settingsMenu.addGroup([{ command: CommandIDs.toggleDefault }], 15);
    menu?.viewMenu.addGroup(
      [
        { command: CommandIDs.toggleWordWrap },
        { command: CommandIDs.toggleMinimap }
      ],
      25
    );
  }
}

/** Our editor when it is what the user is in. */
function currentOf(
  app: JupyterFrontEnd,
  opener: INeoAIEditorOpener
): NeoAIEditorWidget | null {
  const current = opener.tracker.currentWidget;
  return current && current === app.shell.currentWidget ? current : null;
}

function asLine(value: unknown): number | undefined {
  const line = Number(value);
  return value !== undefined && value !== null && Number.isFinite(line)
    ? line
    : undefined;
}
