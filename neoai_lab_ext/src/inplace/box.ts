import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { button } from '../review/hunkview';

export interface IBoxActions {
  run: (instruction: string) => void;
  stop: () => void;
  close: () => void;
  addFiles: () => void;
  dropFile: (path: string) => void;
  /** A second key of a chord that begins with the box's own; whether it was one. */
  chord: (event: KeyboardEvent) => boolean;
}

export type BoxState = 'asking' | 'running' | 'written';

/** Where one says what is to be changed, in place. */
export class Box implements IDisposable {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _actions: IBoxActions,
    private readonly _earlier: () => readonly string[],
    options: { isNew: boolean; texts: string }
  ) {
    const { node, _input: input } = this;
    node.className = 'neoai-InPlace';
    node.setAttribute('role', 'group');
    node.setAttribute('aria-label', _trans.__('Edit in place'));
    input.rows = 1;
    input.className = 'neoai-InPlace-input jp-mod-styled';
    input.placeholder = options.isNew
      ? _trans.__('What should be written here?')
      : _trans.__('What should be changed?');
    input.setAttribute('aria-label', input.placeholder);
    this._about.className = 'neoai-InPlace-about';
    this._texts = options.texts;
    this._files.className = 'neoai-InPlace-files';
    this._said.className = 'neoai-InPlace-said';
    this._said.setAttribute('role', 'status');
    this._preview.className = 'neoai-InPlace-preview';
    this._bar.className = 'neoai-Hunk-bar';
    node.append(input, this._files, this._preview, this._said, this._bar);
    node.addEventListener('keydown', event => this._onKey(event));
    for (const type of ['mousedown', 'pointerdown', 'keypress']) {
      node.addEventListener(type, event => event.stopPropagation());
    }
    // A notebook that hears of it gives the keyboard back to the cell.
    node.addEventListener('focusin', event => event.stopPropagation());
    input.addEventListener('input', () => {
      this._isFresh = false;
      this._fit();
    });
    this.state = 'asking';
    this.show([]);
  }

  readonly node = document.createElement('div');

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get instruction(): string {
    return this._input.value.trim();
  }

  get state(): BoxState {
    return this._state;
  }

  set state(state: BoxState) {
    const { _trans: trans, _actions: actions } = this;
    this._state = state;
    this.node.dataset.state = state;
    this._input.readOnly = state === 'running';
    this._preview.hidden = state !== 'running';
    const close = button(trans.__('Close'), trans.__('Close (Escape)'), () =>
      actions.close()
    );
    const files = button(
      trans.__('Also in Files…'),
      trans.__('Let it change other files too'),
      () => actions.addFiles()
    );
    const run = button(
      state === 'written' ? trans.__('Retry') : trans.__('Generate'),
      trans.__('Ask the model (Enter)'),
      () => this._run()
    );
    run.classList.add('neoai-mod-main');
    const stop = button(trans.__('Stop'), trans.__('Stop (Escape)'), () =>
      actions.stop()
    );
    this._about.textContent =
      state === 'running' ? trans.__('Writing…') : this._texts;
    this._bar.replaceChildren(
      this._about,
      ...(state === 'running' ? [stop] : [files, close, run])
    );
  }

  /** Say something below the instruction; an error is announced. */
  say(text: string, isError = false): void {
    this._said.textContent = text;
    this._said.classList.toggle('neoai-mod-error', isError);
    this._said.setAttribute('role', isError ? 'alert' : 'status');
  }

  /** Say something that can be done about it. */
  offer(label: string, run: () => void): void {
    this._said.append(' ', button(label, label, run));
  }

  /** What the model has written so far. */
  preview(text: string): void {
    this._preview.textContent = text.split('\n').slice(-SHOWN).join('\n');
    this._preview.scrollTop = this._preview.scrollHeight;
  }

  /** The files that are included besides. */
  show(paths: readonly string[]): void {
    const { _trans: trans } = this;
    this._files.hidden = paths.length === 0;
    this._files.replaceChildren(
      ...paths.map(path => {
        const item = document.createElement('li');
        item.textContent = path;
        item.append(
          button('×', trans.__('Leave %1 out', path), () =>
            this._actions.dropFile(path)
          )
        );
        return item;
      })
    );
  }

  focus(): void {
    this._input.focus({ preventScroll: true });
    this._fit();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.node.remove();
    }
  }

  private _run(): void {
    if (this.instruction && this._state !== 'running') {
      this._actions.run(this.instruction);
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const isInput = event.target === this._input;
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey);
    // The keys that decide on changes are the page's here too; all others are the box's.
    let isOurs = !event.altKey && !/^F\d/.test(event.key);
    if (event.isComposing) {
      isOurs = true;
    } else if (event.key === 'Escape') {
      if (this._state === 'running') {
        this._actions.stop();
      } else {
        this._actions.close();
      }
      event.preventDefault();
    } else if (event.key === 'Enter' && isInput && !event.shiftKey) {
      this._run();
      event.preventDefault();
      isOurs = true;
    } else if (isInput && isPlain && this._recall(event.key)) {
      event.preventDefault();
    } else if (
      isInput &&
      this._isFresh &&
      !this._input.value &&
      this._actions.chord(event)
    ) {
      event.preventDefault();
      isOurs = true;
    }
    if (isOurs) {
      event.stopPropagation();
    }
  }

  /** Earlier instructions by the arrows, at the first and the last line. */
  private _recall(key: string): boolean {
    const { _input: input } = this;
    const earlier = this._earlier();
    const isFirst = !input.value.slice(0, input.selectionStart).includes('\n');
    const isLast = !input.value.slice(input.selectionEnd).includes('\n');
    if (key === 'ArrowUp' && isFirst && this._back < earlier.length) {
      if (this._back === 0) {
        this._draft = input.value;
      }
      this._back++;
    } else if (key === 'ArrowDown' && isLast && this._back > 0) {
      this._back--;
    } else {
      return false;
    }
    input.value =
      this._back === 0 ? this._draft : earlier[earlier.length - this._back];
    this._isFresh = false;
    this._fit();
    return true;
  }

  private _fit(): void {
    this._input.style.height = 'auto';
    this._input.style.height = `${this._input.scrollHeight + 2}px`;
  }

  private readonly _about = document.createElement('span');
  private readonly _bar = document.createElement('div');
  private readonly _files = document.createElement('ul');
  private readonly _input = document.createElement('textarea');
  private readonly _preview = document.createElement('pre');
  private readonly _said = document.createElement('div');
  private readonly _texts: string;
  private _back = 0;
  private _draft = '';
  private _isDisposed = false;
  private _isFresh = true;
  private _state: BoxState = 'asking';
}

/** So many lines of what is being written are shown. */
const SHOWN = 8;
