import type { IDisposable } from '@lumino/disposable';
import type { editor } from 'monaco-editor/editor';

import type { Keymap } from './settings';

/** What Vim's and Emacs' keys do beyond the text. */
export interface IKeymapActions {
  save: () => Promise<void>;
  close: () => void;
  /** What follows is another step of undo. */
  endStep: () => void;
  /** Whether all that follows is one step of undo, however long it takes. */
  holdStep: (isHeld: boolean) => void;
}

interface IAdapter {
  dispose(): void;
}

/**
 * The keys of Vim or Emacs in one editor. Each is a chunk of its own, fetched when it is first
 * chosen; until it is there (and where it does not come) the default keys work.
 */
export class KeymapSwitch implements IDisposable {
  constructor(
    private readonly _editor: editor.IStandaloneCodeEditor,
    private readonly _host: HTMLElement,
    private readonly _actions: IKeymapActions
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._leave();
  }

  /** Use `keymap` from now on. */
  use(keymap: Keymap): void {
    if (keymap !== this._wanted) {
      this._wanted = keymap;
      this._leave();
      void this._enter(keymap).catch(error =>
        console.error(`The ${keymap} keys could not be loaded.`, error)
      );
    }
  }

  private async _enter(keymap: Keymap): Promise<void> {
    const start =
      keymap === 'vim'
        ? await vim(this._actions)
        : keymap === 'emacs'
          ? await emacs(this._actions)
          : null;
    if (!start || this._isDisposed || this._wanted !== keymap) {
      return;
    }
    const line = document.createElement('div');
    line.className = 'neoai-KeymapLine';
    line.dataset.keymap = keymap;
    line.setAttribute('role', 'status');
    this._host.after(line);
    this._line = line;
    this._adapter = start(this._editor, line);
    this._editor.layout();
  }

  private _leave(): void {
    this._adapter?.dispose();
    this._adapter = null;
    this._line?.remove();
    this._line = null;
    if (!this._isDisposed) {
      this._editor.layout();
    }
  }

  private _adapter: IAdapter | null = null;
  private _isDisposed = false;
  private _line: HTMLElement | null = null;
  private _wanted: Keymap = 'default';
}

type Start = (
  target: editor.IStandaloneCodeEditor,
  line: HTMLElement
) => IAdapter;

/** How an editor saves and closes its file, for Vim's commands, which are the page's. */
const files = new WeakMap<object, IKeymapActions>();
let hasExCommands = false;

async function vim(actions: IKeymapActions): Promise<Start> {
  const { initVimMode, VimMode } = await import('monaco-vim');
  if (!hasExCommands) {
    hasExCommands = true;
    addExCommands(VimMode as unknown as IVim);
  }
  return (target, line) => {
    files.set(target, actions);
    const adapter = initVimMode(target as never, line);
    keepSteps(adapter, actions);
    return adapter;
  };
}

/**
 * A step of undo for each command, and one for all that an insertion types, with what the command
 * that began it did: `o` its line, `cw` its word. Each key of an insertion is a command to Vim.
 */
function keepSteps(adapter: IVimEvents, actions: IKeymapActions): void {
  let isInserting = false;
  adapter.on('vim-command-done', () => {
    if (!isInserting) {
      actions.endStep();
    }
  });
  adapter.on('vim-mode-change', ({ mode }) => {
    isInserting = mode === 'insert' || mode === 'replace';
    actions.holdStep(isInserting);
    if (!isInserting) {
      actions.endStep();
    }
  });
  adapter.on('dispose', () => actions.holdStep(false));
}

interface IVimEvents {
  on(event: string, run: (detail: { mode: string }) => void): void;
}

interface IVimAdapter {
  editor: editor.IStandaloneCodeEditor;
}

interface IVim {
  Vim: {
    defineEx(
      name: string,
      prefix: string,
      run: (adapter: IVimAdapter, params: { argString?: string }) => void
    ): void;
  };
}

/** `:w`, `:wq`, `:x` and `:q`. Closing asks about unsaved changes, as everywhere. */
function addExCommands({ Vim }: IVim): void {
  const of = (adapter: IVimAdapter) => files.get(adapter.editor);
  Vim.defineEx('write', 'w', adapter => void of(adapter)?.save());
  Vim.defineEx('quit', 'q', adapter => of(adapter)?.close());
  const saveAndClose = (adapter: IVimAdapter) => {
    const file = of(adapter);
    void file?.save().then(() => file.close());
  };
  Vim.defineEx('wq', 'wq', saveAndClose);
  Vim.defineEx('xit', 'x', saveAndClose);
}

async function emacs(actions: IKeymapActions): Promise<Start> {
  const { EmacsExtension, registerGlobalCommand, unregisterKey } =
    await import('monaco-emacs');
  if (!hasEmacsCommands) {
    hasEmacsCommands = true;
    // Tab would format the whole file; C-x C-s the package leaves to the page.
    unregisterKey('Tab');
    registerGlobalCommand('C-x C-s', {
      description: 'save-buffer',
      run: (target: object) => void files.get(target)?.save()
    });
  }
  return (target, line) => {
    files.set(target, actions);
    const extension = new EmacsExtension(target as never);
    extension.onDidMarkChange(isSet => {
      line.classList.toggle('neoai-mod-mark', isSet);
    });
    extension.onDidChangeKey(keys => {
      line.textContent = keys;
    });
    extension.start();
    return extension;
  };
}

let hasEmacsCommands = false;
