import {
  addIcon,
  copyIcon,
  cutIcon,
  deleteIcon,
  downloadIcon,
  duplicateIcon,
  editIcon,
  fileUploadIcon,
  folderIcon,
  type LabIcon,
  newFolderIcon,
  openKernelSourceIcon,
  pasteIcon,
  refreshIcon,
  settingsIcon,
  terminalIcon,
  undoIcon,
  collapseAllIcon
} from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ancestorsOf } from './paths';
import type { IRoomOptions, TreeRoom } from './room';
import { CommandIDs } from './tokens';

/** JupyterLab's command, where terminals are offered. */
const TERMINAL = 'terminal:create-new';

interface ICommand {
  label: string;
  icon?: LabIcon;
  isEnabled?: () => boolean;
  /** Whether to hide it where it cannot be used. */
  isHidden?: boolean;
  execute: (args: ReadonlyPartialJSONObject) => unknown;
}

/** The commands of the tree; they work on what is selected in it. */
export function addTreeCommands(room: TreeRoom, options: IRoomOptions): void {
  const { model } = room;
  const add = adder(options);
  const hasProject = () => model.project !== null;
  const isOne = () => model.selection.size === 1 && hasProject();
  const isAny = () => model.selection.size > 0 && hasProject();
  addEntryCommands(room, options, { add, isOne, isAny, hasProject });
  addPlaceCommands(room, options, { add, isOne, isAny, hasProject });
  const { trans, projects } = options;
  add(CommandIDs.refresh, {
    label: trans.__('Refresh Files'),
    icon: refreshIcon,
    isEnabled: hasProject,
    execute: () => model.reload(['', ...model.expanded])
  });
  add(CommandIDs.collapse, {
    label: trans.__('Collapse All Folders'),
    icon: collapseAllIcon,
    isEnabled: hasProject,
    execute: () => model.collapseAll()
  });
  add(CommandIDs.search, {
    label: trans.__('Search Files by Name'),
    isEnabled: hasProject,
    execute: () => {
      void options.app.commands.execute(CommandIDs.show);
      room.focusSearch();
    }
  });
  add(CommandIDs.settings, {
    label: trans.__('Project Settings…'),
    icon: settingsIcon,
    isEnabled: hasProject,
    execute: () => room.settings()
  });
  options.app.commands.addCommand(CommandIDs.switchProject, {
    label: args => String(args.label ?? trans.__('Switch Project')),
    caption: args => String(args.detail ?? ''),
    isToggled: args => args.id === model.project?.id,
    describedBy: {
      args: { type: 'object', properties: { id: { type: 'string' } } }
    },
    execute: async args => {
      const project = projects.items.find(({ id }) => id === args.id);
      if (project) {
        await options.app.commands.execute('neoai:open-project', {
          id: project.id
        });
      }
    }
  });
  model.stateChanged.connect(() => {
    const state = `${hasProject()}`;
    if (state !== lastState.get(room)) {
      lastState.set(room, state);
      Object.values(CommandIDs).forEach(
        id =>
          options.app.commands.hasCommand(id) &&
          options.app.commands.notifyCommandChanged(id)
      );
    }
  });
}

const lastState = new WeakMap<TreeRoom, string>();

type Add = (id: string, command: ICommand) => void;

interface IKit {
  add: Add;
  isOne: () => boolean;
  isAny: () => boolean;
  hasProject: () => boolean;
}

function adder({ app, trans }: IRoomOptions): Add {
  return (id, { label, icon, isEnabled = () => true, isHidden, execute }) => {
    app.commands.addCommand(id, {
      label,
      caption: label.replace('…', ''),
      icon: args => (args.isPalette ? undefined : icon),
      isEnabled,
      isVisible: isHidden ? isEnabled : () => true,
      describedBy: {
        args: {
          type: 'object',
          properties: {},
          description: trans.__('Takes what is selected in the project’s tree')
        }
      },
      execute
    });
  };
}

/** On the entries that are selected. */
function addEntryCommands(
  { model, actions, changes }: TreeRoom,
  { trans }: IRoomOptions,
  { add, isOne, isAny, hasProject }: IKit
): void {
  add(CommandIDs.open, {
    label: trans.__('Open'),
    icon: folderIcon,
    isEnabled: () => model.selected.some(({ isFolder }) => !isFolder),
    isHidden: true,
    execute: () => actions.open()
  });
  add(CommandIDs.rename, {
    label: trans.__('Rename'),
    icon: editIcon,
    isEnabled: isOne,
    execute: () => actions.beginRename()
  });
  add(CommandIDs.duplicate, {
    label: trans.__('Duplicate'),
    icon: duplicateIcon,
    isEnabled: isAny,
    execute: () => actions.duplicate()
  });
  add(CommandIDs.remove, {
    label: trans.__('Delete'),
    icon: deleteIcon,
    isEnabled: isAny,
    execute: () => actions.remove()
  });
  add(CommandIDs.cut, {
    label: trans.__('Cut'),
    icon: cutIcon,
    isEnabled: isAny,
    execute: () => actions.cut()
  });
  add(CommandIDs.copy, {
    label: trans.__('Copy'),
    icon: copyIcon,
    isEnabled: isAny,
    execute: () => actions.copy()
  });
  add(CommandIDs.paste, {
    label: trans.__('Paste'),
    icon: pasteIcon,
    isEnabled: () => actions.canPaste,
    execute: () => actions.paste()
  });
  add(CommandIDs.undo, {
    label: trans.__('Undo the Last Change of Files'),
    icon: undoIcon,
    isEnabled: () => changes.stack.last !== null,
    execute: () => changes.undo()
  });
  add(CommandIDs.copyPath, {
    label: trans.__('Copy Path'),
    isEnabled: hasProject,
    execute: () => actions.copyPath()
  });
}

/** In the folder that has the keyboard. */
function addPlaceCommands(
  { model, actions, changes, uploads }: TreeRoom,
  { app, browser, trans }: IRoomOptions,
  { add, isAny, hasProject }: IKit
): void {
  const { documents } = changes;
  const { commands } = app;
  add(CommandIDs.newFile, {
    label: trans.__('New File'),
    icon: addIcon,
    isEnabled: hasProject,
    execute: () => actions.begin('file')
  });
  add(CommandIDs.newFolder, {
    label: trans.__('New Folder'),
    icon: newFolderIcon,
    isEnabled: hasProject,
    execute: () => actions.begin('folder')
  });
  add(CommandIDs.upload, {
    label: trans.__('Upload Files…'),
    icon: fileUploadIcon,
    isEnabled: hasProject,
    execute: () => uploads.choose(model.target)
  });
  add(CommandIDs.importZip, {
    label: trans.__('Import from Zip…'),
    isEnabled: hasProject,
    execute: () => uploads.chooseZip(model.target)
  });
  add(CommandIDs.exportZip, {
    label: trans.__('Export as Zip'),
    isEnabled: hasProject,
    execute: () => {
      const [node] = model.selected;
      const link = document.createElement('a');
      link.href = model.source!.archiveOf(node?.isFolder ? node.path : '');
      link.download = '';
      link.click();
    }
  });
  add(CommandIDs.reveal, {
    label: trans.__('Reveal in File Browser'),
    icon: openKernelSourceIcon,
    isEnabled: hasProject,
    execute: async () => {
      await browser.model.cd(`/${documents.served(model.target)}`);
      const [node] = model.selected;
      if (node && !node.isFolder) {
        await browser.selectItemByName(node.name);
      }
      app.shell.activateById(browser.id);
    }
  });
  add(CommandIDs.revealActive, {
    label: trans.__('Show Active File in Project'),
    isEnabled: hasProject,
    execute: async () => {
      const path = documents.active;
      await commands.execute(CommandIDs.show);
      if (path !== null && !(await model.reveal(path))) {
        await model.reveal(ancestorsOf(path).pop() ?? '');
      }
    }
  });
  add(CommandIDs.download, {
    label: trans.__('Download'),
    icon: downloadIcon,
    isEnabled: () =>
      isAny() && model.selected.every(({ isFolder }) => !isFolder),
    isHidden: true,
    execute: async () => {
      for (const { path, name } of model.selected) {
        const { contents } = app.serviceManager;
        const link = document.createElement('a');
        link.href = await contents.getDownloadUrl(documents.served(path));
        link.download = name;
        link.click();
      }
    }
  });
  add(CommandIDs.terminal, {
    label: trans.__('Open Terminal Here'),
    icon: terminalIcon,
    isEnabled: () => hasProject() && commands.hasCommand(TERMINAL),
    isHidden: true,
    execute: () =>
      commands.execute(TERMINAL, { cwd: documents.served(model.target) })
  });
}
