import { Dialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { type API, APIError, type components } from '../../api';
import { explain } from '../errors';
import type { Project } from '../tokens';

type Settings = components['schemas']['ProjectSettings'];

const ACCEPT = 1;

/** A project's name and settings. What does not validate is told at its field. */
export class SettingsDialog extends Dialog<void> {
  constructor(
    private readonly _api: API,
    private readonly _project: Project,
    private readonly _trans: TranslationBundle,
    private readonly _saved: (project: Project) => void
  ) {
    const form = new SettingsForm(_project, _trans);
    super({
      title: _trans.__('Settings of %1', _project.name),
      body: form,
      buttons: [
        Dialog.cancelButton({ label: _trans.__('Cancel') }),
        Dialog.okButton({ label: _trans.__('Save') })
      ],
      focusNodeSelector: 'input'
    });
    this.addClass('neoai-SettingsDialog');
    this._form = form;
  }

  override resolve(index: number = ACCEPT): void {
    if (index !== ACCEPT) {
      super.resolve(index);
    } else if (!this._isBusy) {
      void this._save();
    }
  }

  /** Enter in the text of the rules begins a line, and does not save. */
  override handleEvent(event: Event): void {
    const isText = event.target instanceof HTMLTextAreaElement;
    if (isText && (event as KeyboardEvent).key === 'Enter') {
      return;
    }
    super.handleEvent(event);
  }

  private async _save(): Promise<void> {
    this._form.clearErrors();
    const { environment, badLine } = this._form.environment;
    if (badLine) {
      this._form.showError(
        'environment',
        this._trans.__('“%1” is not NAME=value.', badLine)
      );
      return;
    }
    this._isBusy = true;
    const name = this._form.text('name');
    const trusted = this._form.isChecked('trusted');
    const { name: oldName, trusted: wasTrusted } = this._project;
    try {
      const project = await this._api.patch('/projects/{project_id}', {
        path: { project_id: this._project.id },
        body: {
          // What stays as it was may not be everybody's to set.
          ...(name === oldName ? {} : { name }),
          ...(trusted === wasTrusted ? {} : { trusted }),
          settings: this._settings(environment)
        }
      });
      this._saved(project);
      for (const warning of project.warnings ?? []) {
        Notification.warning(warning, { autoClose: 10000 });
      }
      super.resolve(ACCEPT);
    } catch (error) {
      this._show(error);
    } finally {
      this._isBusy = false;
    }
  }

  /** Those that this dialog does not know are kept. */
  private _settings(environment: Record<string, string>): Settings {
    const format = this._form.text('format_on_save');
    return {
      ...(this._project.settings as Settings),
      interpreter: this._form.text('interpreter') || null,
      environment,
      private: this._form.isChecked('private'),
      rules: this._form.text('rules'),
      format_on_save: format === '' ? null : format === 'yes'
    };
  }

  private _show(error: unknown): void {
    const told = error instanceof APIError ? error.errors : [];
    for (const { loc, msg } of told) {
      const field = loc.map(String).find(part => this._form.has(part));
      if (field) {
        const inside = loc.map(String).slice(loc.indexOf(field) + 1);
        const where = inside.filter(part => part !== '[key]').join('.');
        this._form.showError(field, where ? `${where}: ${msg}` : msg);
      }
    }
    if (told.length === 0) {
      this._form.showError('name', explain(error, this._trans));
    }
  }

  private readonly _form: SettingsForm;
  private _isBusy = false;
}

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

class SettingsForm extends Widget {
  constructor(project: Project, trans: TranslationBundle) {
    super();
    this.addClass('neoai-Form');
    const settings = project.settings as Partial<Settings>;
    this._add('name', 'input', trans.__('Name'), project.name);
    this._add(
      'interpreter',
      'input',
      trans.__('Interpreter'),
      settings.interpreter ?? '',
      trans.__('The Python to run it with: a path, or the name of a kernel.')
    );
    const lines = Object.entries(settings.environment ?? {});
    this._add(
      'environment',
      'textarea',
      trans.__('Environment variables'),
      lines.map(([name, value]) => `${name}=${value}`).join('\n'),
      trans.__('One NAME=value a line. They are not a place for secrets.')
    );
    this._add(
      'rules',
      'textarea',
      trans.__('Rules for the AI'),
      settings.rules ?? '',
      trans.__('What NeoAI is to know and to keep to in this project.')
    );
    const format = this._add(
      'format_on_save',
      'select',
      trans.__('Format on save'),
      ''
    ) as HTMLSelectElement;
    format.append(
      new Option(trans.__('As the editor’s settings say'), ''),
      new Option(trans.__('Yes'), 'yes'),
      new Option(trans.__('No'), 'no')
    );
    const chosen = settings.format_on_save ?? null;
    format.value = chosen === null ? '' : chosen ? 'yes' : 'no';
    this._check(
      'private',
      trans.__('Private: nothing of it goes to a model provider'),
      settings.private ?? false
    );
    this._check(
      'trusted',
      trans.__('Trusted: what the project itself defines may run'),
      project.trusted
    );
  }

  has(name: string): boolean {
    return this._controls.has(name);
  }

  text(name: string): string {
    return this._controls.get(name)!.value.trim();
  }

  isChecked(name: string): boolean {
    return (this._controls.get(name) as HTMLInputElement).checked;
  }

  /** The variables, and the first line that is none. */
  get environment(): { environment: Record<string, string>; badLine: string } {
    const environment: Record<string, string> = {};
    let badLine = '';
    const lines = this._controls.get('environment')!.value.split('\n');
    for (const line of lines.filter(found => found.trim())) {
      const at = line.indexOf('=');
      if (at < 1) {
        badLine ||= line.trim();
      } else {
        environment[line.slice(0, at).trim()] = line.slice(at + 1);
      }
    }
    return { environment, badLine };
  }

  clearErrors(): void {
    for (const name of this._controls.keys()) {
      this._setError(name, '');
    }
  }

  showError(name: string, text: string): void {
    this._setError(name, text);
    this._controls.get(name)!.focus();
  }

  private _setError(name: string, text: string): void {
    this._errors.get(name)!.textContent = text;
    const control = this._controls.get(name)!;
    control.setAttribute('aria-invalid', String(text !== ''));
  }

  private _add(
    name: string,
    tag: 'input' | 'textarea' | 'select',
    label: string,
    value: string,
    hint = ''
  ): Control {
    const control = document.createElement(tag);
    const text = document.createElement('span');
    text.textContent = label;
    const caption = this._field(name, control, text, control);
    control.value = value;
    control.spellcheck = name === 'rules';
    if (hint) {
      const small = document.createElement('small');
      small.textContent = hint;
      caption.insertBefore(small, this._errors.get(name)!);
    }
    return control;
  }

  private _check(name: string, label: string, value: boolean): void {
    const control = document.createElement('input');
    control.type = 'checkbox';
    control.checked = value;
    const caption = this._field(name, control, control, ` ${label}`);
    caption.className = 'neoai-Form-check';
  }

  private _field(
    name: string,
    control: Control,
    ...content: (Node | string)[]
  ): HTMLLabelElement {
    const caption = document.createElement('label');
    const error = document.createElement('div');
    error.className = 'neoai-Form-error';
    error.setAttribute('role', 'alert');
    control.name = name;
    caption.append(...content, error);
    this.node.append(caption);
    this._controls.set(name, control);
    this._errors.set(name, error);
    return caption;
  }

  private readonly _controls = new Map<string, Control>();
  private readonly _errors = new Map<string, HTMLElement>();
}
