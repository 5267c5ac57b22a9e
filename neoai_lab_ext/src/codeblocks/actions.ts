import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Applying } from './applying';
import type { IBlock } from './blocks';
import { insertCell, runInNotebook } from './cells';
import type { LastEditor } from './editors';
import { showCopied } from './toolbar';
import type { Action } from './tokens';

interface IActionsOptions {
  editors: LastEditor;
  applying: () => Promise<Applying>;
  trans: TranslationBundle;
  copy: (text: string) => void;
  /** Say why something was not done. */
  tell: (message: string) => void;
}

/** Does what the buttons of a code block say. */
export class Actions {
  constructor(private readonly _options: IActionsOptions) {}

  /** Never rejects: what went wrong is told. */
  async run(action: Action, block: IBlock): Promise<void> {
    try {
      await this._run(action, block);
    } catch (error) {
      this._options.tell(
        error instanceof Error ? error.message : String(error)
      );
    }
  }

  private async _run(action: Action, block: IBlock): Promise<void> {
    const { applying, copy, trans } = this._options;
    switch (action) {
      case 'copy':
        copy(block.code);
        showCopied(block.toolbar, trans);
        return;
      case 'insert':
        return this._insert(block);
      case 'cell':
        return insertCell(this._notebook(), block);
      case 'run':
        return runInNotebook(this._notebook(), block, trans);
      case 'apply':
        return (await applying()).apply(block);
    }
  }

  private async _insert({ code }: IBlock): Promise<void> {
    const { editors, trans } = this._options;
    const { widget } = editors;
    if (!widget) {
      throw new Error(trans.__('Open a file or a notebook first.'));
    }
    if (editors.isReadOnly(widget)) {
      throw new Error(trans.__('%1 is read-only.', widget.context.localPath));
    }
    await editors.insert(widget, code);
  }

  private _notebook(): NotebookPanel {
    const { editors, trans } = this._options;
    const { notebook } = editors;
    if (!notebook) {
      throw new Error(trans.__('Open a notebook first.'));
    }
    if (notebook.context.model.readOnly) {
      throw new Error(trans.__('%1 is read-only.', notebook.context.localPath));
    }
    return notebook;
  }
}
