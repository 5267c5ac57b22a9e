import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { TranslationBundle } from '@jupyterlab/translation';
import { undoIcon } from '@jupyterlab/ui-components';
import { redoIcon } from '@jupyterlab/ui-components';

import { JUPYTERLAB_EDITOR } from './defaulteditor';
import {
  CommandIDs,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';

interface ICommandsOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
}

/** The editor's commands, each registered once and reused by palette, menus and shortcuts. */
export function addCommands(options: ICommandsOptions): void {
  addOpening(options);
  addActions(options);
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
}

function addActions({ app, opener, trans }: ICommandsOptions): void {
  const isEnabled = () => !!currentOf(app, opener)?.content.view;
  const view = () => currentOf(app, opener)?.content.view;
  const actions: [string, string, string][] = [
    [CommandIDs.goToLine, trans.__('Go to Line…'), 'editor.action.gotoLine'],
    [CommandIDs.find, trans.__('Find in File…'), 'actions.find'],
    [
      CommandIDs.replace,
      trans.__('Replace in File…'),
      'editor.action.startFindReplaceAction'
    ],
    [
      CommandIDs.goToSymbol,
      trans.__('Go to Symbol in File…'),
      'editor.action.quickOutline'
    ],
    [CommandIDs.fold, trans.__('Fold'), 'editor.fold'],
    [CommandIDs.unfold, trans.__('Unfold'), 'editor.unfold'],
    [CommandIDs.foldAll, trans.__('Fold All'), 'editor.foldAll'],
    [CommandIDs.unfoldAll, trans.__('Unfold All'), 'editor.unfoldAll'],
    [
      CommandIDs.cursorAbove,
      trans.__('Add Cursor Above'),
      'editor.action.insertCursorAbove'
    ],
    [
      CommandIDs.cursorBelow,
      trans.__('Add Cursor Below'),
      'editor.action.insertCursorBelow'
    ],
    [
      CommandIDs.nextOccurrence,
      trans.__('Add Next Occurrence to Selection'),
      'editor.action.addSelectionToNextFindMatch'
    ],
    [
      CommandIDs.allOccurrences,
      trans.__('Select All Occurrences'),
      'editor.action.selectHighlights'
    ],
    [
      CommandIDs.toggleComment,
      trans.__('Toggle Comment'),
      'editor.action.commentLine'
    ],
    [
      CommandIDs.tabMovesFocus,
      trans.__('Tab Key Moves Focus'),
      'editor.action.toggleTabFocusMode'
    ],
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

/** Put the commands where people look for them. */
export function placeCommands(
  { app, opener, trans }: ICommandsOptions,
  palette: ICommandPalette | null,
  menu: IMainMenu | null
): void {
  const category = trans.__('NeoAI Editor');
  const shown: string[] = [
    CommandIDs.goToLine,
    CommandIDs.goToSymbol,
    CommandIDs.find,
    CommandIDs.replace,
    ...SELECTING,
    ...FOLDING,
    CommandIDs.toggleComment,
    CommandIDs.tabMovesFocus,
    CommandIDs.commandPalette,
    CommandIDs.openWithJupyterLab
  ];
  for (const command of shown) {
    palette?.addItem({ command, category });
  }
  const isEnabled = () => !!currentOf(app, opener)?.content.view;
  menu?.editMenu.undoers.undo.add({ id: CommandIDs.undo, isEnabled });
  menu?.editMenu.undoers.redo.add({ id: CommandIDs.redo, isEnabled });
  menu?.editMenu.goToLiners.add({ id: CommandIDs.goToLine, isEnabled });
  const group = (commands: string[]) => commands.map(command => ({ command }));
  menu?.editMenu.addGroup(
    group([CommandIDs.find, CommandIDs.replace, CommandIDs.goToSymbol]),
    12
  );
  menu?.editMenu.addGroup(group(SELECTING), 13);
  menu?.viewMenu.addGroup(group(FOLDING), 26);
}

const SELECTING: string[] = [
  CommandIDs.cursorAbove,
  CommandIDs.cursorBelow,
  CommandIDs.nextOccurrence,
  CommandIDs.allOccurrences
];

const FOLDING: string[] = [
  CommandIDs.fold,
  CommandIDs.unfold,
  CommandIDs.foldAll,
  CommandIDs.unfoldAll
];

/** Our editor when it is what the user is in. */
export function currentOf(
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
