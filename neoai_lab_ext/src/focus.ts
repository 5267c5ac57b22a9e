import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MessageLoop } from '@lumino/messaging';

/** Bring a panel to the front, with the keyboard in it. */
export async function activatePanel(
  shell: JupyterFrontEnd.IShell,
  id: string
): Promise<void> {
  if (document.activeElement?.closest('.jp-ModalCommandPalette')) {
    // The palette gives the keyboard back to the document once the command has run: come after.
    await new Promise(resolve => setTimeout(resolve));
  }
  shell.activateById(id);
}

/** Whether something at `node` may take the keyboard: nobody has put it elsewhere meanwhile. */
export function mayTakeFocus(node: Node): boolean {
  const { activeElement, body } = document;
  return activeElement === body || node.contains(activeElement);
}

/** Bring something to the front, and leave the keyboard where it is. */
export function keepingFocus<T>(show: () => T): T {
  const before = document.activeElement;
  const shown = show();
  // What is shown takes the keyboard by a message: let that come first.
  MessageLoop.flush();
  if (before instanceof HTMLElement && before.isConnected) {
    before.focus();
  }
  return shown;
}

/** Whether a key is a shortcut of the page's, which a list leaves alone. */
export function isShortcut(
  event: Pick<KeyboardEvent, 'ctrlKey' | 'altKey' | 'metaKey'>
): boolean {
  return event.ctrlKey || event.altKey || event.metaKey;
}

/** The keyboard for a part of the page that may not be drawn yet. */
export class AwaitedFocus {
  /** `focus` puts it there; false where there is nothing to put it in yet. */
  constructor(private readonly _focus: () => boolean) {}

  /** Put the keyboard there, now or as soon as it is drawn. */
  take(): void {
    this._before = document.activeElement;
    this._isAwaited = !this._focus();
  }

  /** To be called whenever the part was drawn. */
  drawn(): void {
    if (!this._isAwaited) {
      return;
    }
    const { activeElement: active, body } = document;
    // Whoever went on meanwhile, into a file say, is not called back.
    const isFree = [null, body, this._before].includes(active);
    if (isFree || !active?.checkVisibility()) {
      this.take();
    } else {
      this._isAwaited = false;
    }
  }

  private _before: Element | null = null;
  private _isAwaited = false;
}
