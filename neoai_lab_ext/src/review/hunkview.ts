import type { TranslationBundle } from '@jupyterlab/translation';

import { isShortcut } from '../focus';
import type { IHunk } from './hunks';

interface IHunkActions {
  accept: () => void;
  reject: () => void;
  paint: (node: HTMLElement, text: string) => void;
}

/** What comes in the place of a hunk's lines, and the buttons that decide on it. */
export function hunkNode(
  hunk: IHunk,
  actions: IHunkActions,
  trans: TranslationBundle
): HTMLElement {
  const node = document.createElement('div');
  node.className = 'neoai-Hunk';
  node.dataset.hunk = String(hunk.id);
  node.setAttribute('role', 'group');
  const added = document.createElement('pre');
  added.className = 'neoai-Hunk-added';
  added.setAttribute('aria-label', trans.__('Proposed lines'));
  const text = hunk.added.join('\n');
  added.textContent = text;
  added.hidden = hunk.added.length === 0;
  if (text) {
    actions.paint(added, text);
  }
  const isStale = hunk.state === 'stale';
  const bar = document.createElement('div');
  bar.className = 'neoai-Hunk-bar';
  const said = document.createElement('span');
  said.className = 'neoai-Hunk-said';
  said.textContent = isStale
    ? trans.__('No longer applies: these lines were changed meanwhile.')
    : trans.__('−%1 +%2', hunk.removed.length, hunk.added.length);
  bar.append(said);
  if (isStale) {
    node.classList.add('neoai-mod-stale');
    bar.append(
      button(trans.__('Copy'), trans.__('Copy the proposed lines'), () =>
        navigator.clipboard.writeText(hunk.added.join('\n'))
      ),
      button(
        trans.__('Dismiss'),
        trans.__('Drop this change (Alt+N)'),
        actions.reject
      )
    );
  } else {
    bar.append(
      button(
        trans.__('Reject'),
        trans.__('Drop this change (Alt+N)'),
        actions.reject
      ),
      button(
        trans.__('Accept'),
        trans.__('Make this change (Alt+Y)'),
        actions.accept
      )
    );
  }
  node.setAttribute(
    'aria-label',
    trans.__('Proposed change at line %1', hunk.line + 1)
  );
  keepFromEditor(node);
  node.append(added, bar);
  return node;
}

/** What is clicked or typed in `node` is none of the editor's around it; shortcuts are the page's. */
export function keepFromEditor(node: HTMLElement): void {
  for (const type of ['mousedown', 'pointerdown', 'keydown', 'keypress']) {
    node.addEventListener(type, event => {
      if (!(event instanceof KeyboardEvent) || !isShortcut(event)) {
        event.stopPropagation();
      }
    });
  }
}

export function button(
  label: string,
  title: string,
  onClick: () => unknown
): HTMLButtonElement {
  const node = document.createElement('button');
  node.type = 'button';
  node.className = 'neoai-Hunk-button';
  node.textContent = label;
  node.title = title;
  node.addEventListener('click', () => void onClick());
  return node;
}
