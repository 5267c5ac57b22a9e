import type { JupyterFrontEnd } from '@jupyterlab/application';
import { CommandRegistry } from '@lumino/commands';

import type { NeoAIEditorWidget } from '../editor';
import type { EditorView } from '../editor/view';
import { CommandIDs } from './tokens';

/**
 * Monaco has Ctrl+K for chords and would take the key of *Edit in Place*, whichever the user has
 * given it. Emacs' Ctrl+K deletes to the line's end: there it stays what it is.
 */
export function takeKeys(
  app: JupyterFrontEnd,
  widget: NeoAIEditorWidget
): void {
  const { content } = widget;
  content.node.addEventListener(
    'keydown',
    event => {
      if (
        event.isComposing ||
        content.settings.keymap === 'emacs' ||
        !content.view?.editor.hasTextFocus() ||
        !isBound(app, event)
      ) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      void app.commands.execute(CommandIDs.edit);
    },
    true
  );
}

function isBound(app: JupyterFrontEnd, event: KeyboardEvent): boolean {
  const key = CommandRegistry.keystrokeForKeydownEvent(event);
  return app.commands.keyBindings.some(
    ({ command, keys, selector }) =>
      command === CommandIDs.edit &&
      keys.length === 1 &&
      keys[0] === key &&
      (event.target as Element).closest(selector)
  );
}

/** Monaco's actions by Ctrl+K and then Ctrl and another key, as VS Code has them. */
const CHORDS: Record<string, string> = {
  c: 'editor.action.addCommentLine',
  u: 'editor.action.removeCommentLine',
  x: 'editor.action.trimTrailingWhitespace',
  i: 'editor.action.showHover',
  f: 'editor.action.formatSelection',
  d: 'editor.action.moveSelectionToNextFindMatch',
  l: 'editor.toggleFold',
  j: 'editor.unfoldAll',
  '0': 'editor.foldAll',
  '[': 'editor.foldRecursively',
  ']': 'editor.unfoldRecursively'
};

/** Run what a chord's second key is for; false where it is none. */
export function runChord(view: EditorView, event: KeyboardEvent): boolean {
  const isModified = event.ctrlKey || event.metaKey;
  const action = CHORDS[event.key.toLowerCase()];
  if (!isModified || event.altKey || event.shiftKey || !action) {
    return false;
  }
  view.run(action);
  return true;
}
