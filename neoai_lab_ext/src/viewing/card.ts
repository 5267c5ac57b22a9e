import type { TranslationBundle } from '@jupyterlab/translation';

import { hexRows } from './hex';

/** A button under a description. */
export interface ICardAction {
  label: string;
  run: () => void;
}

/** What is said of a file instead of showing it. */
export interface ICard {
  title: string;
  lines: string[];
  actions: ICardAction[];
  /** The first bytes of the file. */
  hex?: Uint8Array;
}

/** A description of a file, with what can be done about it. */
export function card(
  { title, lines, actions, hex }: ICard,
  trans: TranslationBundle
): HTMLElement {
  const box = element('section', 'neoai-FileCard');
  box.setAttribute('aria-label', title);
  box.append(element('h2', '', title));
  lines.forEach(line => box.append(element('p', '', line)));
  const buttons = element('div', 'neoai-FileCard-actions');
  for (const { label, run } of actions) {
    const button = element('button', 'jp-mod-styled', label);
    button.addEventListener('click', run);
    buttons.append(button);
  }
  box.append(buttons);
  if (hex?.length) {
    box.append(dump(hex, trans));
  }
  return box;
}

function dump(bytes: Uint8Array, trans: TranslationBundle): HTMLElement {
  const figure = element('figure', 'neoai-FileCard-hex');
  figure.append(
    element(
      'figcaption',
      '',
      trans.__('The first %1 bytes', bytes.length.toString())
    )
  );
  const text = hexRows(bytes)
    .map(
      ({ offset, values, characters }) =>
        `${offset}  ${values.padEnd(48)}  ${characters}`
    )
    .join('\n');
  const block = element('pre', '', text);
  block.tabIndex = 0;
  block.setAttribute('role', 'region');
  block.setAttribute('aria-label', trans.__('Hexadecimal view'));
  figure.append(block);
  return figure;
}

function element(tag: string, className = '', text = ''): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}
