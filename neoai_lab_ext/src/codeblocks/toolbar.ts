import type { TranslationBundle } from '@jupyterlab/translation';
import {
  addBelowIcon,
  checkIcon,
  copyIcon,
  type LabIcon,
  pasteIcon,
  runIcon
} from '@jupyterlab/ui-components';

import { applyIcon } from './icons';
import type { Action } from './tokens';

export const TOOLBAR_CLASS = 'neoai-CodeActions';
const COPIED_MS = 1500;

interface IButton {
  readonly action: Action;
  readonly icon: LabIcon;
  readonly label: string;
}

/** The row of buttons below a code block; `run` does what a button says. */
export function codeToolbar(
  trans: TranslationBundle,
  run: (action: Action) => Promise<void>
): HTMLElement {
  // Icons are parsed; a chat of hundreds of blocks has hundreds of copies instead.
  pattern ??= drawn(trans);
  const node = pattern.cloneNode(true) as HTMLElement;
  node.addEventListener('click', event => {
    const button =
      event.target instanceof Element ? event.target.closest('button') : null;
    if (button) {
      // The chat takes the keyboard into its input on every other click.
      event.stopPropagation();
      void run(button.dataset.action as Action);
    }
  });
  return node;
}

let pattern: HTMLElement | null = null;

function drawn(trans: TranslationBundle): HTMLElement {
  const node = document.createElement('div');
  node.className = TOOLBAR_CLASS;
  node.setAttribute('role', 'toolbar');
  node.setAttribute('aria-label', trans.__('Code block'));
  const buttons: IButton[] = [
    { action: 'copy', icon: copyIcon, label: trans.__('Copy Code') },
    { action: 'insert', icon: pasteIcon, label: trans.__('Insert at Cursor') },
    { action: 'cell', icon: addBelowIcon, label: trans.__('New Cell Below') },
    { action: 'run', icon: runIcon, label: trans.__('Run in Notebook…') },
    { action: 'apply', icon: applyIcon, label: trans.__('Apply to File') }
  ];
  for (const { action, icon, label } of buttons) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.action = action;
    button.title = label;
    button.setAttribute('aria-label', label);
    icon.element({ container: button, height: '16px', width: '16px' });
    node.append(button);
  }
  return node;
}

/** Show for a moment that the code was copied. */
export function showCopied(toolbar: Element, trans: TranslationBundle): void {
  const button = toolbar.querySelector<HTMLElement>('[data-action="copy"]');
  if (!button) {
    return;
  }
  const label = button.title;
  const show = (icon: LabIcon, text: string) => {
    button.replaceChildren();
    icon.element({ container: button, height: '16px', width: '16px' });
    button.title = text;
    button.setAttribute('aria-label', text);
  };
  show(checkIcon, trans.__('Copied'));
  setTimeout(() => show(copyIcon, label), COPIED_MS);
}
