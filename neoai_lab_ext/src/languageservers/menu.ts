import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Menu, Widget } from '@lumino/widgets';

import { openAbove } from '../editor/statusbar';
import type { Session } from './session';
import { CommandIDs, type IServerState } from './tokens';

/** What the status bar shows of a language server. */
export function stateText(
  state: IServerState | null,
  trans: TranslationBundle
): string {
  if (!state) {
    return '';
  }
  return {
    none: trans.__('No language server'),
    off: trans.__('Language server off'),
    starting: trans.__('%1: starting…', state.server),
    ready: state.server,
    failed: trans.__('%1: not running', state.server)
  }[state.status];
}

export function openServerMenu(app: JupyterFrontEnd, node: HTMLElement): void {
  const menu = new Menu({ commands: app.commands });
  for (const command of [
    CommandIDs.restart,
    CommandIDs.showLog,
    CommandIDs.toggleLanguage
  ]) {
    menu.addItem({ command });
  }
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.showProblems });
  openAbove(menu, node);
}

/** Why a language server is as it is, and what it has said. */
export async function showLog(
  state: IServerState,
  session: Session | null,
  trans: TranslationBundle
): Promise<void> {
  const body = new Widget();
  body.addClass('neoai-ServerLog');
  const about = document.createElement('p');
  about.textContent = [stateText(state, trans), state.reason]
    .filter(Boolean)
    .join('. ');
  const log = document.createElement('pre');
  log.tabIndex = 0;
  log.textContent =
    session?.log.join('\n') || trans.__('It has said nothing yet.');
  body.node.append(about, log);
  await showDialog({
    title: trans.__('Language Server'),
    body,
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}
