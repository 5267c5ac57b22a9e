import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';

import { Matcher } from './matcher';
import type { IPicks } from './picks';

const SHOWN = 100;

/** The commands that can be run now and need no arguments, by their labels. */
export function commandPicks(
  commands: CommandRegistry,
  query: string,
  trans: TranslationBundle
): IPicks {
  const ids = new Map<string, string>();
  for (const id of commands.listCommands()) {
    const label = labelOf(commands, id);
    if (label && !ids.has(label)) {
      ids.set(label, id);
    }
  }
  const labels = [...ids.keys()].sort((a, b) => a.localeCompare(b));
  const { items, total } = new Matcher(labels).match(query, SHOWN);
  return {
    items: items.map(({ path: label, positions }) => {
      const id = ids.get(label)!;
      const binding = commands.keyBindings.find(
        ({ command }) => command === id
      );
      return {
        id,
        label,
        marks: positions,
        note: binding
          ? CommandRegistry.formatKeystroke(binding.keys)
          : undefined,
        run: () => commands.execute(id)
      };
    }),
    status:
      total === 0
        ? trans.__('No command fits.')
        : trans._n('%1 command', '%1 commands', total)
  };
}

/** Nothing for a command that is not for now; some of them fail without their arguments. */
function labelOf(commands: CommandRegistry, id: string): string {
  try {
    return commands.isVisible(id) && commands.isEnabled(id)
      ? commands.label(id)
      : '';
  } catch {
    return '';
  }
}
