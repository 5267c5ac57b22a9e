import type { ISharedNotebook } from '@jupyter/ydoc';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Widget } from '@lumino/widgets';

import type { INeoAIEditorOpener } from './tokens';

/** JupyterLab's view of a notebook, as far as it is needed here. */
interface INotebook extends Widget {
  activeCellIndex: number;
}

/** Opens notebooks as such, at the cell that is cited. */
export class NotebookOpener {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _documents: IDocumentManager,
    private readonly _editors: INeoAIEditorOpener
  ) {}

  opens(path: string): boolean {
    return this._documents.registry
      .getFileTypesForPath(path)
      .some(({ contentType }) => contentType === 'notebook');
  }

  /** `line` counts in the cells' sources; `mode` is where, while no other file is open. */
  async open(
    path: string,
    line: number,
    mode?: DocumentRegistry.IOpenOptions['mode']
  ): Promise<void> {
    // Asked first: the document manager would open an empty tab with an error over it.
    await this._documents.services.contents.get(path, { content: false });
    const ref = this._beside();
    const panel = this._documents.openOrReveal(
      path,
      undefined,
      undefined,
      ref ? { ref } : { mode }
    );
    if (!panel) {
      return;
    }
    await panel.context.ready;
    await panel.revealed;
    const cells = cellsOf(panel.context);
    const index = cellAt(
      cells.map(cell => cell.getSource()),
      line
    );
    if (index >= 0) {
      (panel.content as Widget as INotebook).activeCellIndex = index;
      await panel.setFragment(`#cell-id=${cells[index].getId()}`);
    }
  }

  /** A notebook or file that is open: another opens beside it, not over the chat. */
  private _beside(): string | undefined {
    for (const widget of this._app.shell.widgets('main')) {
      const context = this._documents.contextForWidget(widget);
      if (context && cellsOf(context).length) {
        return widget.id;
      }
    }
    return this._editors.tracker.currentWidget?.id;
  }
}

/**
 * Which cell holds a line, from 1, of a notebook as models and the search see it: each cell's
 * source below a line that names the cell, and an empty line between. -1 where none does.
 */
export function cellAt(sources: readonly string[], line: number): number {
  let end = 0;
  return sources.findIndex(source => {
    end += source.split('\n').length + 2;
    return line <= end;
  });
}

function cellsOf(context: DocumentRegistry.Context): ISharedNotebook['cells'] {
  const shared = context.model.sharedModel as Partial<ISharedNotebook>;
  return shared.cells ?? [];
}
