import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { explain, isAbort } from './errors';

/** One line to fill in. */
export interface IField {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly hint?: string;
  readonly value?: string;
  /** What it says as long as the person has not written in it themselves. */
  readonly follows?: (values: Record<string, string>) => string;
}

interface IFormOptions {
  title: string;
  accept: string;
  fields: IField[];
  trans: TranslationBundle;
  /** Do it; a rejection is shown in the dialog, which stays open with all that was written. */
  run: (values: Record<string, string>, signal: AbortSignal) => Promise<void>;
}

/** Asks for a few lines, then does something with them that may fail. */
export class FormDialog extends Dialog<void> {
  constructor(options: IFormOptions) {
    const form = new Form(options.fields);
    super({
      title: options.title,
      body: form,
      buttons: [
        Dialog.cancelButton({ label: options.trans.__('Cancel') }),
        Dialog.okButton({
          label: options.accept,
          className: 'neoai-FormDialog-accept'
        })
      ],
      focusNodeSelector: 'input'
    });
    this.addClass('neoai-FormDialog');
    this._form = form;
    this._options = options;
  }

  override resolve(index: number = ACCEPT): void {
    if (index !== ACCEPT) {
      super.resolve(index);
    } else if (!this._isBusy) {
      void this._run();
    }
  }

  override dispose(): void {
    this._abort.abort();
    super.dispose();
  }

  private async _run(): Promise<void> {
    const { run, trans } = this._options;
    this._setBusy(true);
    this._form.showError('');
    try {
      await run(this._form.values, this._abort.signal);
    } catch (error) {
      if (!this.isDisposed && !isAbort(error)) {
        this._setBusy(false);
        this._form.showError(explain(error, trans));
      }
      return;
    }
    if (!this.isDisposed) {
      super.resolve(ACCEPT);
    }
  }

  private _setBusy(isBusy: boolean): void {
    this._isBusy = isBusy;
    this.node.setAttribute('aria-busy', String(isBusy));
    const button = this.node.querySelector<HTMLButtonElement>(
      '.neoai-FormDialog-accept'
    );
    button?.setAttribute('aria-disabled', String(isBusy));
  }

  private readonly _form: Form;
  private readonly _options: IFormOptions;
  private readonly _abort = new AbortController();
  private _isBusy = false;
}

const ACCEPT = 1;

class Form extends Widget {
  constructor(private readonly _fields: IField[]) {
    super();
    this.addClass('neoai-Form');
    for (const field of _fields) {
      this._addField(field);
    }
    this._error.className = 'neoai-Form-error';
    this._error.setAttribute('role', 'alert');
    this.node.append(this._error);
    this.node.addEventListener('input', event => this._written(event.target));
    this._follow();
  }

  get values(): Record<string, string> {
    return Object.fromEntries(
      [...this._inputs].map(([name, input]) => [name, input.value.trim()])
    );
  }

  showError(text: string): void {
    this._error.textContent = text;
    if (text) {
      this._inputs.values().next().value?.focus();
    }
  }

  private _addField({ name, label, placeholder, hint, value }: IField): void {
    const input = document.createElement('input');
    input.name = name;
    input.placeholder = placeholder ?? '';
    input.value = value ?? '';
    input.autocomplete = 'off';
    input.spellcheck = false;
    const caption = document.createElement('label');
    const text = document.createElement('span');
    text.textContent = label;
    caption.append(text, input);
    if (hint) {
      const small = document.createElement('small');
      small.textContent = hint;
      caption.append(small);
    }
    this._inputs.set(name, input);
    this.node.append(caption);
  }

  private _written(target: EventTarget | null): void {
    const input = target as HTMLInputElement;
    if (input.value) {
      this._own.add(input.name);
    } else {
      this._own.delete(input.name);
    }
    this._follow();
  }

  private _follow(): void {
    for (const { name, follows } of this._fields) {
      if (follows && !this._own.has(name)) {
        this._inputs.get(name)!.value = follows(this.values);
      }
    }
  }

  private readonly _inputs = new Map<string, HTMLInputElement>();
  private readonly _own = new Set<string>();
  private readonly _error = document.createElement('div');
}
