import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  downloadIcon,
  deleteIcon,
  editIcon,
  folderIcon,
  type LabIcon,
  newFolderIcon,
  notTrustedIcon,
  refreshIcon,
  stopIcon,
  trustedIcon,
  usersIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { Actions } from './actions';
import { chatIcon, cloneIcon, projectsIcon, templateIcon } from './icons';
import type { PanelModel } from './panelmodel';
import { Roles } from '../sharing/roles';
import { CommandIDs, type Project } from './tokens';

interface ICommandsOptions {
  commands: CommandRegistry;
  actions: Actions;
  panel: PanelModel;
  showPanel: () => Promise<void>;
  trans: TranslationBundle;
}

/** Jupyter AI's command, where it is installed. */
const NEW_CHAT = 'jupyterlab-chat:create';

/** Those of the palette, in the category NeoAI. */
export const PALETTE: readonly string[] = [
  CommandIDs.open,
  CommandIDs.openFolder,
  CommandIDs.create,
  CommandIDs.createFromTemplate,
  CommandIDs.clone,
  CommandIDs.show,
  CommandIDs.refresh,
  CommandIDs.ask,
  CommandIDs.conversations,
  CommandIDs.rename,
  CommandIDs.share,
  CommandIDs.exports,
  CommandIDs.trust,
  CommandIDs.untrust,
  CommandIDs.unregister,
  CommandIDs.trash
];

/** The commands that begin something; each registered once for palette, menus and launcher. */
export function addCommands(options: ICommandsOptions): void {
  const { commands, actions, panel, showPanel, trans } = options;
  // Making a project takes the server's whole account, which a page with roles has not.
  const isAccount = Roles.ofPage() === null;
  const add = (
    id: string,
    label: string,
    icon: LabIcon,
    caption: string,
    execute: () => unknown,
    isEnabled = true
  ) =>
    commands.addCommand(id, {
      isEnabled: () => isEnabled,
      // The launcher has its own category, and no room for an ellipsis.
      label: args => (args.isLauncher ? label.replace(/…$/, '') : label),
      caption,
      icon: args => (args.isPalette ? undefined : icon),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => execute()
    });
  add(
    CommandIDs.openFolder,
    trans.__('Open Folder…'),
    folderIcon,
    trans.__('Open a folder on the server as a project'),
    () => actions.openFolder(),
    isAccount
  );
  add(
    CommandIDs.create,
    trans.__('New Project…'),
    newFolderIcon,
    trans.__('Make a folder and open it as a project'),
    () => actions.create(),
    isAccount
  );
  add(
    CommandIDs.createFromTemplate,
    trans.__('New Project from Template…'),
    templateIcon,
    trans.__('Make a project that begins with what a template brings'),
    () => actions.create(true),
    isAccount
  );
  add(
    CommandIDs.clone,
    trans.__('Clone Repository…'),
    cloneIcon,
    trans.__('Clone a git repository and open it as a project'),
    () => actions.clone(),
    isAccount
  );
  add(
    CommandIDs.show,
    trans.__('Show Projects'),
    projectsIcon,
    trans.__('Show the projects in the sidebar'),
    showPanel
  );
  add(
    CommandIDs.refresh,
    trans.__('Refresh Projects'),
    refreshIcon,
    trans.__('Ask the server for the projects again'),
    () => panel.projects.refresh()
  );
  addProjectCommands(options);
}

interface IProjectCommand {
  label: string;
  icon?: LabIcon;
  isEnabled?: (project: Project) => boolean;
  execute: (project: Project) => unknown;
}

/** The commands on one project. */
function addProjectCommands(options: ICommandsOptions): void {
  const { commands, actions, panel, showPanel, trans } = options;
  const isOwned = ({ role }: Project) => role === 'owner';
  const isAccount = Roles.ofPage() === null;
  const isReady = ({ state, missing }: Project) =>
    state === 'ready' && !missing;
  addOpen(options);
  addOn(options, CommandIDs.rename, {
    label: trans.__('Rename Project'),
    icon: editIcon,
    isEnabled: isOwned,
    execute: async project => {
      await showPanel();
      panel.edit(project.id);
    }
  });
  addOn(options, CommandIDs.trust, {
    label: trans.__('Trust Project…'),
    icon: trustedIcon,
    isEnabled: project => isAccount && isReady(project) && !project.trusted,
    execute: project => actions.trust(project)
  });
  addOn(options, CommandIDs.untrust, {
    label: trans.__('Stop Trusting Project'),
    icon: notTrustedIcon,
    isEnabled: project => isAccount && project.trusted,
    execute: project => actions.untrust(project)
  });
  addOn(options, CommandIDs.share, {
    label: trans.__('Share Project…'),
    icon: usersIcon,
    isEnabled: project => project.state === 'ready' && isOwned(project),
    execute: project => actions.share(project)
  });
  addOn(options, CommandIDs.exports, {
    label: trans.__('Kept Exports…'),
    icon: downloadIcon,
    isEnabled: project => project.state === 'ready',
    execute: project => actions.showExports(project)
  });
  addOn(options, CommandIDs.conversations, {
    label: trans.__('Conversations…'),
    isEnabled: project => project.state === 'ready',
    execute: project => actions.showConversations(project)
  });
  addOn(options, CommandIDs.copyPath, {
    label: trans.__('Copy Project Path'),
    icon: copyIcon,
    execute: project => actions.copyPath(project)
  });
  addOn(options, CommandIDs.ask, {
    label: trans.__('Ask NeoAI about Project'),
    icon: chatIcon,
    isEnabled: project => isReady(project) && commands.hasCommand(NEW_CHAT),
    // A chat knows the project by the folder it lies in. It goes beside the files: passages of
    // code need more room than the sidebar has.
    execute: async ({ path }) =>
      commands.execute('docmanager:open', {
        path: await commands.execute(NEW_CHAT, { path }),
        options: { mode: 'split-right' }
      })
  });
  addOn(options, CommandIDs.cancelClone, {
    label: trans.__('Cancel Clone'),
    icon: stopIcon,
    isEnabled: ({ state }) => state === 'cloning',
    execute: project => actions.cancelClone(project)
  });
  addOn(options, CommandIDs.cloneAgain, {
    label: trans.__('Clone Again'),
    icon: cloneIcon,
    isEnabled: ({ state, git_url }) => state === 'failed' && !!git_url,
    execute: project => actions.cloneAgain(project)
  });
  addOn(options, CommandIDs.unregister, {
    label: trans.__('Unregister Project'),
    isEnabled: project => project.state !== 'cloning' && isOwned(project),
    execute: project => actions.unregister(project)
  });
  addOn(options, CommandIDs.trash, {
    label: trans.__('Move Project to Trash…'),
    icon: deleteIcon,
    isEnabled: project =>
      isReady(project) && isOwned(project) && project.path !== '',
    execute: project => actions.trash(project)
  });
  panel.projects.currentChanged.connect(() =>
    commands.notifyCommandChanged(CommandIDs.ask)
  );
  commands.commandChanged.connect((_, { id, type }) => {
    if (id === NEW_CHAT && type === 'added') {
      commands.notifyCommandChanged(CommandIDs.ask);
    }
  });
}

/** Opens a project: the given one, or one of all that is asked for. */
function addOpen({ commands, actions, panel, trans }: ICommandsOptions): void {
  const { projects } = panel;
  const isNamed = (args: ReadonlyPartialJSONObject) =>
    'id' in args || !!args.isSelected;
  commands.addCommand(CommandIDs.open, {
    label: args =>
      isNamed(args) ? trans.__('Open Project') : trans.__('Open Project…'),
    icon: args => (args.isPalette ? undefined : projectsIcon),
    describedBy: describe(trans),
    isEnabled: args => {
      const project = targetOf(args, panel);
      return !isNamed(args) || (project?.state === 'ready' && !project.missing);
    },
    execute: async args => {
      if (isNamed(args)) {
        const project = targetOf(args, panel);
        return project ? actions.open(project) : undefined;
      }
      const ready = projects.items.filter(
        ({ state, missing }) => state === 'ready' && !missing
      );
      const names = ready.map(({ name, path }) =>
        path ? `${name} — ${path}` : name
      );
      const { value } = await InputDialog.getItem({
        title: trans.__('Open Project'),
        label: trans.__('Project'),
        items: names,
        okLabel: trans.__('Open')
      });
      const chosen = ready[names.indexOf(value ?? '')];
      return chosen ? actions.open(chosen) : undefined;
    }
  });
}

function addOn(
  { commands, panel, trans }: ICommandsOptions,
  id: string,
  { label, icon, isEnabled = () => true, execute }: IProjectCommand
): void {
  const applies = (args: ReadonlyPartialJSONObject) => {
    const project = targetOf(args, panel);
    return project !== null && isEnabled(project);
  };
  commands.addCommand(id, {
    label,
    icon: args => (args.isPalette ? undefined : icon),
    describedBy: describe(trans),
    isEnabled: applies,
    isVisible: applies,
    execute: async args => {
      if (typeof args.id === 'string' && !targetOf(args, panel)) {
        // Named by somebody who knows of it before the list does.
        await panel.projects.refresh();
      }
      const project = targetOf(args, panel);
      return project && isEnabled(project) ? execute(project) : undefined;
    }
  });
}

/** The project that is named, the one that has the keyboard in the panel, or the current one. */
export function targetOf(
  args: ReadonlyPartialJSONObject,
  panel: PanelModel
): Project | null {
  if (typeof args.id === 'string') {
    return panel.projects.get(args.id);
  }
  return args.isSelected ? panel.selected : panel.projects.current;
}

function describe(trans: TranslationBundle) {
  return {
    args: {
      type: 'object',
      properties: {
        id: {
          type: 'string',
          description: trans.__('The project; by default the current one')
        },
        isSelected: {
          type: 'boolean',
          description: trans.__('Take the one that is selected in the panel')
        }
      }
    }
  };
}
