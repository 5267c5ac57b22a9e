import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { TreeActions } from './actions';
import type { TreeModel } from './model';
import { CommandIDs } from './tokens';

/** The submenu's name in `schema/project-tree.json`. */
const MENU = 'neoai-contextmenu-open-with';

/** The context menu's *Open With*, as the file browser has it: what all selected files can be. */
export function addOpenWith(
  app: JupyterFrontEnd,
  model: TreeModel,
  actions: TreeActions,
  trans: TranslationBundle
): void {
  const { commands, contextMenu, docRegistry } = app;
  commands.addCommand(CommandIDs.openWith, {
    label: args => String(args.label ?? trans.__('Open With')),
    describedBy: {
      args: {
        type: 'object',
        required: ['factory'],
        properties: {
          factory: { type: 'string' },
          label: { type: 'string' }
        }
      }
    },
    execute: args => actions.open(String(args.factory))
  });
  contextMenu.opened.connect(menu => {
    const submenu = menu.menu.items.find(
      item => item.type === 'submenu' && item.submenu?.id === MENU
    )?.submenu;
    if (!submenu) {
      return;
    }
    submenu.clearItems();
    const files = model.selected.filter(({ isFolder }) => !isFolder);
    const [common = [], ...others] = files.map(({ path }) =>
      docRegistry.preferredWidgetFactories(path)
    );
    for (const { name, label } of common) {
      if (others.every(list => list.some(other => other.name === name))) {
        const args = { factory: name, label: label ?? name };
        submenu.addItem({ command: CommandIDs.openWith, args });
      }
    }
  });
}
