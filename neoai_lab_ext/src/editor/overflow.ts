import type { IDisposable } from '@lumino/disposable';
import { StandardKeyboardEvent } from 'monaco-editor/base/browser/keyboardEvent.js';
import { StandaloneServices } from 'monaco-editor/editor/standalone/browser/standaloneServices.js';
import { IKeybindingService } from 'monaco-editor/platform/keybinding/common/keybinding.js';

interface IKeybindings {
  _dispatch(event: StandardKeyboardEvent, target: Element): boolean;
}

/**
 * An element under the page's body for what an editor shows beyond its borders: JupyterLab's panels
 * clip what they contain.
 *
 * Monaco hears keys within the editor's element alone. In what has a keyboard of its own out here,
 * such as the box for a new name, neither Enter nor Escape would do anything: they are passed on.
 */
export class OverflowHost implements IDisposable {
  /** For the editor that will be in `host`. */
  constructor(host: HTMLElement) {
    this.node.className = 'monaco-editor neoai-EditorOverflow';
    this.node.addEventListener('keydown', event => {
      const keys = StandaloneServices.get(IKeybindingService) as IKeybindings;
      const editor =
        host.querySelector('.editor.modified') ??
        host.querySelector('.monaco-editor') ??
        host;
      if (keys._dispatch(new StandardKeyboardEvent(event), editor)) {
        event.preventDefault();
        event.stopPropagation();
      }
    });
    document.body.append(this.node);
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return !this.node.isConnected;
  }

  dispose(): void {
    this.node.remove();
  }
}
