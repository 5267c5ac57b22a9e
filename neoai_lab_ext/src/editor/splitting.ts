import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, type ICommandPalette, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { currentOf } from './commands';
import {
  CommandIDs,
  FACTORY,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';
import { MonacoDocument } from './widget';

interface IOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
  palette: ICommandPalette | null;
  menu: IMainMenu | null;
}

/** How many closed files are remembered. */
const REMEMBERED = 50;

/** Commands that show a file twice, and that bring back one that was closed. */
export function addSplitting(options: IOptions): void {
  const { app, documents, opener, trans, palette, menu } = options;
  const split = (
    id: string,
    label: string,
    mode: 'split-right' | 'split-bottom'
  ) =>
    app.commands.addCommand(id, {
      label,
      isEnabled: () => currentOf(app, opener) !== null,
      execute: () => {
        const widget = currentOf(app, opener);
        const clone = widget && documents.cloneWidget(widget);
        if (clone) {
          app.shell.add(clone, 'main', { mode, ref: widget.id });
          app.shell.activateById(clone.id);
          void showSamePlace(widget, clone);
        }
      }
    });
  split(
    CommandIDs.splitRight,
    trans.__('Split NeoAI Editor Right'),
    'split-right'
  );
  split(
    CommandIDs.splitDown,
    trans.__('Split NeoAI Editor Down'),
    'split-bottom'
  );
  const closed: string[] = [];
  opener.tracker.widgetAdded.connect((_, widget) => {
    widget.disposed.connect(() => {
      closed.push(widget.context.path);
      closed.splice(0, closed.length - REMEMBERED);
      app.commands.notifyCommandChanged(CommandIDs.reopenClosed);
    });
  });
  app.commands.addCommand(CommandIDs.reopenClosed, {
    label: trans.__('Reopen Closed Editor'),
    isEnabled: () => closed.length > 0,
    execute: () => {
      const path = closed.pop();
      return path === undefined
        ? null
        : app.commands.execute('docmanager:open', { path, factory: FACTORY });
    }
  });
  addHelp(options);
  const shown = [
    CommandIDs.splitRight,
    CommandIDs.splitDown,
    CommandIDs.reopenClosed,
    CommandIDs.accessibilityHelp
  ];
  const category = trans.__('NeoAI Editor');
  for (const command of shown) {
    palette?.addItem({ command, category });
  }
  menu?.viewMenu.addGroup(
    [{ command: CommandIDs.splitRight }, { command: CommandIDs.splitDown }],
    24
  );
  menu?.fileMenu.addGroup([{ command: CommandIDs.reopenClosed }], 3);
  menu?.helpMenu.addGroup([{ command: CommandIDs.accessibilityHelp }], 20);
}

/** A file's second view begins where the first one is. */
async function showSamePlace(
  { content }: NeoAIEditorWidget,
  clone: IDocumentWidget
): Promise<void> {
  const state = content.view?.editor.saveViewState();
  if (state && clone instanceof MonacoDocument) {
    const view = await clone.content.ready;
    view.editor.restoreViewState(state);
  }
}

/** How to use the editor with the keyboard and a screen reader. */
function addHelp({ app, opener, trans }: IOptions): void {
  app.commands.addCommand(CommandIDs.accessibilityHelp, {
    label: trans.__('Accessibility Help of NeoAI Editor'),
    execute: async () => {
      const widget = currentOf(app, opener);
      await showDialog({
        title: trans.__('Editing with the keyboard and a screen reader'),
        body: new Widget({ node: helpText(trans) }),
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      });
      widget?.content.view?.editor.focus();
    }
  });
}

function helpText(trans: TranslationBundle): HTMLElement {
  const rows: [string, string][] = [
    [trans.__('Ctrl+M'), trans.__('Tab leaves the text, or indents again')],
    [trans.__('F1'), trans.__('all commands of the editor')],
    [trans.__('Ctrl+Shift+O'), trans.__('go to a symbol of the file')],
    [trans.__('Ctrl+G'), trans.__('go to a line')],
    [trans.__('F8, Shift+F8'), trans.__('the next and the previous problem')],
    [trans.__('Ctrl+K Ctrl+I'), trans.__('read what hovers at the cursor')],
    [trans.__('Ctrl+F, Ctrl+H'), trans.__('find, and replace')],
    [trans.__('Shift+Alt+F'), trans.__('format the file')],
    [trans.__('Ctrl+Shift+C'), trans.__('all commands of JupyterLab')]
  ];
  const list = document.createElement('dl');
  list.className = 'neoai-EditorHelp';
  for (const [keys, meaning] of rows) {
    const term = list.appendChild(document.createElement('dt'));
    term.appendChild(document.createElement('kbd')).textContent = keys;
    list.appendChild(document.createElement('dd')).textContent = meaning;
  }
  const text = document.createElement('p');
  text.textContent = trans.__(
    'A screen reader is noticed by itself; Settings → Screen Reader Mode in NeoAI Editor switches its mode on for good. On macOS, Ctrl is Command, and Alt is Option.'
  );
  const box = document.createElement('div');
  box.append(list, text);
  return box;
}
