import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  type ICommandPalette,
  MainAreaWidget,
  showErrorMessage
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { INeoAIEditorOpener } from '../editor';
import type { DiffEditor } from '../editor/diff';
import { activatePanel } from '../focus';
import type { Comparing } from './comparing';
import type { HistoryPanel } from './panel';
import { CommandIDs } from './tokens';

interface IOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  panel: HistoryPanel;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

const PATH = {
  args: {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        description: 'The file, relative to the server’s root'
      },
      other: {
        type: 'string',
        description: 'The file to compare it with'
      }
    }
  }
} as const;

/** The commands of history, each registered once; menus are in `schema/history.json`. */
export function addCommands(options: IOptions): void {
  addPanelCommands(options);
  addComparing(options);
  addSteps(options);
  const { palette, trans } = options;
  for (const command of Object.values(CommandIDs)) {
    palette?.addItem({ command, category: trans.__('NeoAI') });
  }
}

function addPanelCommands({ app, panel, trans }: IOptions): void {
  app.commands.addCommand(CommandIDs.showHistory, {
    label: trans.__('Show History'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => activatePanel(app.shell, panel.id)
  });
  app.commands.addCommand(CommandIDs.createCheckpoint, {
    label: trans.__('New Checkpoint…'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: async () => {
      app.shell.activateById(panel.id);
      const { actions, history } = await panel.room();
      if (history.project) {
        await actions.createCheckpoint(history.project);
      }
    }
  });
}

function addComparing(options: IOptions): void {
  const { app, panel, trans } = options;
  const add = (
    id: string,
    label: string,
    compare: (
      comparing: Comparing,
      path: string,
      other?: string
    ) => Promise<void>
  ) =>
    app.commands.addCommand(id, {
      label,
      describedBy: PATH,
      isEnabled: args => pathOf(options, args.path) !== null,
      execute: async args => {
        const path = pathOf(options, args.path);
        if (path === null) {
          return;
        }
        try {
          const { comparing } = await panel.room();
          const other = args.other ? String(args.other) : undefined;
          await compare(comparing, path, other);
        } catch (error) {
          await showErrorMessage(
            trans.__('Cannot compare %1', path),
            error as Error
          );
        }
      }
    });
  add(
    CommandIDs.compareWithSaved,
    trans.__('Compare with Saved'),
    (comparing, path) => comparing.withSaved(path)
  );
  add(
    CommandIDs.compareWithHead,
    trans.__('Compare with Last Commit (HEAD)'),
    (comparing, path) => comparing.withHead(path)
  );
  add(
    CommandIDs.compareWithFile,
    trans.__('Compare with File…'),
    async (comparing, path, other) => {
      const chosen = other ?? (await pick(options, PathExt.dirname(path)));
      if (chosen !== undefined) {
        await comparing.withFile(path, chosen);
      }
    }
  );
}

/** Let the user choose a file. */
async function pick(
  { documents, trans }: IOptions,
  folder: string
): Promise<string | undefined> {
  const { FileDialog } = await import('@jupyterlab/filebrowser');
  const { button, value } = await FileDialog.getOpenFiles({
    manager: documents,
    defaultPath: folder,
    title: trans.__('Compare with…')
  });
  return button.accept ? value?.[0]?.path : undefined;
}

function addSteps({ app, trans }: IOptions): void {
  const view = () => {
    const current = app.shell.currentWidget;
    return current instanceof MainAreaWidget &&
      current.id.startsWith('neoai-diff:')
      ? (current as MainAreaWidget<DiffEditor>).content.view
      : null;
  };
  app.commands.addCommand(CommandIDs.nextChange, {
    label: trans.__('Next Change'),
    isEnabled: () => !!view(),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => view()?.go('next')
  });
  app.commands.addCommand(CommandIDs.previousChange, {
    label: trans.__('Previous Change'),
    isEnabled: () => !!view(),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => view()?.go('previous')
  });
}

/** The file that is meant: named, or in front. */
function pathOf(
  { app, documents, opener }: IOptions,
  named: unknown
): string | null {
  if (typeof named === 'string' && named) {
    return named;
  }
  const widget = app.shell.currentWidget;
  if (widget && widget === opener.tracker.currentWidget) {
    return opener.tracker.currentWidget.context.path;
  }
  const context = widget && documents.contextForWidget(widget);
  return context?.contentsModel?.type === 'notebook' ? context.path : null;
}
