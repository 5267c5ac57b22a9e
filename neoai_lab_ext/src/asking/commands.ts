import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { chatIcon } from '../projects/icons';
import type { Adding } from './adding';
import type { CellErrors } from './errors';
import type { ICellAt } from './sources';
import { CommandIDs } from './tokens';

interface ICommandsOptions {
  app: JupyterFrontEnd;
  adding: () => Promise<Adding>;
  errors: () => Promise<CellErrors>;
  /** The cell that an element is in, else the active one; throws with what to say. */
  about: (node?: Element | null) => ICellAt;
  /** Waits, and tells what went wrong. */
  told: (work: Promise<void>) => Promise<void>;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

type Run = (args: ReadonlyPartialJSONObject) => Promise<void>;

/** The commands; those of context menus are about what is under the pointer. */
export function addCommands(options: ICommandsOptions): void {
  const { app, adding, errors, about, trans } = options;
  const pointed = (selector: string) =>
    app.contextMenuHitTest(node => node.matches(selector)) ?? null;
  const cellUnder: (
    args: ReadonlyPartialJSONObject
  ) => Element | null = args => (args.isContext ? pointed('.jp-Cell') : null);
  const add = (id: string, label: string, run: Run) =>
    addCommand(options, id, label, run);
  add(CommandIDs.addSelection, trans.__('Add Selection to Chat'), async () =>
    (await adding()).selection()
  );
  add(CommandIDs.addCell, trans.__('Add Cell to Chat'), async args => {
    const cell = cellUnder(args); // where the pointer is now
    return (await adding()).cell(cell);
  });
  add(CommandIDs.addOutput, trans.__('Add Output to Chat'), async args => {
    const cell = cellUnder(args);
    return (await adding()).output(cell);
  });
  add(CommandIDs.addFile, trans.__('Add to Chat'), async args => {
    const row = args.isContext ? pointed('.neoai-TreeRow[data-path]') : null;
    const it = await adding();
    return row ? it.treeEntry(row.dataset.path ?? '') : it.files(pathsOf(args));
  });
  add(CommandIDs.addImage, trans.__('Add Picture to Chat…'), async () =>
    (await adding()).chosenPicture()
  );
  add(CommandIDs.addAddress, trans.__('Add Address to Chat…'), async args =>
    (await adding()).address(args.address as string | undefined)
  );
  add(
    CommandIDs.explainError,
    trans.__('Explain Error of Cell'),
    async args => {
      const cell = about(cellUnder(args));
      return (await errors()).explain(cell);
    }
  );
  add(CommandIDs.fixError, trans.__('Fix Error of Cell'), async args => {
    const cell = about(cellUnder(args));
    return (await errors()).fix(cell);
  });
}

function addCommand(
  { app, told, palette }: ICommandsOptions,
  id: string,
  label: string,
  run: Run
): void {
  app.commands.addCommand(id, {
    label,
    icon: chatIcon as LabIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          path: { type: 'string' },
          address: { type: 'string' },
          isContext: { type: 'boolean' }
        }
      }
    },
    execute: args => told(run(args))
  });
  palette?.addItem({ command: id, category: 'NeoAI' });
}

function pathsOf({ path }: ReadonlyPartialJSONObject): string[] {
  return typeof path === 'string' ? [path] : [];
}
