import { Dialog, showDialog } from '@jupyterlab/apputils';
import {
  NotebookActions,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { asCellSource, type IFence } from './markdown';

const PROSE = ['markdown', 'md'];

/** Insert a block as a cell below the active one, as one step of undo, and go there. */
export async function insertCell(
  panel: NotebookPanel,
  block: IFence
): Promise<void> {
  const notebook: Notebook = panel.content;
  const { sharedModel } = panel.context.model;
  const at = notebook.widgets.length ? notebook.activeCellIndex + 1 : 0;
  const isProse = PROSE.includes(block.language.toLowerCase());
  sharedModel.insertCell(at, {
    cell_type: isProse ? 'markdown' : 'code',
    source: asCellSource(
      block.code.replace(/\n$/, ''),
      block.language,
      languageOf(panel)
    ),
    metadata: isProse ? {} : { trusted: true }
  });
  notebook.deselectAll();
  notebook.activeCellIndex = at;
  await notebook.scrollToItem(at, 'smart');
  notebook.activate();
}

/** Run a block in a notebook's kernel, as a new cell; the person at the page is asked each time. */
export async function runInNotebook(
  panel: NotebookPanel,
  block: IFence,
  trans: TranslationBundle
): Promise<void> {
  if (!(await mayRun(panel, block, trans))) {
    return;
  }
  await insertCell(panel, block);
  await NotebookActions.run(panel.content, panel.sessionContext);
}

async function mayRun(
  panel: NotebookPanel,
  block: IFence,
  trans: TranslationBundle
): Promise<boolean> {
  const name = panel.context.localPath.split('/').pop() ?? '';
  const kernel = panel.sessionContext.kernelDisplayName;
  const body = document.createElement('div');
  body.className = 'neoai-RunCode';
  const text = document.createElement('p');
  text.textContent = trans.__(
    'It runs in the kernel of %1 (%2), with all that you may do, as a new cell.',
    name,
    kernel
  );
  const code = document.createElement('pre');
  code.tabIndex = 0;
  code.setAttribute('aria-label', trans.__('The code'));
  code.textContent = asCellSource(
    block.code.replace(/\n$/, ''),
    block.language,
    languageOf(panel)
  );
  body.append(text, code);
  const { button } = await showDialog({
    title: trans.__('Run this code?'),
    body: new Widget({ node: body }),
    // What runs was written by a model: Enter alone does not run it.
    defaultButton: 0,
    buttons: [
      Dialog.cancelButton(),
      Dialog.okButton({ label: trans.__('Run') })
    ]
  });
  return button.accept;
}

/** The language of the notebook's kernel; Python where nothing says otherwise. */
function languageOf(panel: NotebookPanel): string {
  const { defaultKernelLanguage } = panel.context.model;
  return defaultKernelLanguage || 'python';
}
