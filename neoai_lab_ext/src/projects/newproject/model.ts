import { Debouncer } from '@lumino/polling';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import { VDomModel } from '@jupyterlab/ui-components';

import { type API, APIError, type components } from '../../api';
import { explain, isAbort } from '../errors';
import type { TranslationBundle } from '@jupyterlab/translation';

export type Template = components['schemas']['Template'];
export type Inspected = components['schemas']['Inspected'];
export type Question = components['schemas']['AskedQuestion'];
export type Run = components['schemas']['Run'];
export type Answer = ReadonlyPartialJSONValue;

/** What is chosen: no template, one of the list by its id, or one that is somewhere else. */
export type Choice = '' | 'elsewhere' | (string & {});

type Where = Pick<
  components['schemas']['TemplateChoice'],
  'id' | 'path' | 'git_url' | 'ref'
>;

const PAUSE = 300;

interface IOptions {
  api: API;
  trans: TranslationBundle;
  /** The folder that goes with a name. */
  folderOf: (name: string) => string;
}

/** What a person has said about a project that is not there yet. */
export class NewProjectModel extends VDomModel {
  constructor(private readonly _options: IOptions) {
    super();
    this._again = new Debouncer(() => this._inspect(), PAUSE);
  }

  name = '';
  templates: readonly Template[] = [];
  choice: Choice = '';
  /** Where another template is, as it was written. */
  elsewhere = '';
  version = '';
  keeps = true;
  inspected: Inspected | null = null;
  isLooking = false;
  trusted = false;
  /** How far the project is; null where none is being made. */
  progress: { phase: string; percent: number | null; said: string } | null =
    null;
  /** What went wrong altogether. */
  error = '';

  get folder(): string {
    return this._folder ?? this._options.folderOf(this.name);
  }

  get questions(): readonly Question[] {
    return (this.inspected?.questions ?? []).filter(({ active }) => active);
  }

  get runs(): readonly Run[] {
    return this.inspected?.runs ?? [];
  }

  /** What is wrong with an answer, as far as the person has been there. */
  errorOf(question: Question): string {
    const isSeen = this._isChecked || this._answers.has(question.name);
    return isSeen ? (question.error ?? '') : '';
  }

  answerTo({ name, default: value }: Question): Answer {
    const own = this._answers.get(name);
    return own === undefined ? ((value ?? null) as Answer) : own;
  }

  setName(name: string): void {
    this.name = name;
    this.stateChanged.emit();
    this._lookAgain();
  }

  setFolder(folder: string): void {
    this._folder = folder || null;
    this.stateChanged.emit();
  }

  choose(choice: Choice): void {
    this.choice = choice;
    this._forget();
    this.stateChanged.emit();
    if (choice && choice !== 'elsewhere') {
      void this._inspect();
    }
  }

  setElsewhere(elsewhere: string, version = this.version): void {
    this.elsewhere = elsewhere;
    this.version = version;
    this._forget();
    this.stateChanged.emit();
  }

  answer(name: string, value: Answer): void {
    this._answers.set(name, value);
    this.stateChanged.emit();
    this._lookAgain();
  }

  trust(trusted: boolean): void {
    this.trusted = trusted;
    this.stateChanged.emit();
    if (this.inspected && !this.inspected.ready) {
      void this._inspect();
    }
  }

  change(
    changes: Partial<Pick<this, 'keeps' | 'error' | 'progress' | 'templates'>>
  ): void {
    Object.assign(this, changes);
    this.stateChanged.emit();
  }

  /** Show what is wrong with every answer from now on. */
  check(): void {
    this._isChecked = true;
    this.stateChanged.emit();
  }

  async load(): Promise<void> {
    try {
      const { items } = await this._options.api.get('/templates');
      this.change({ templates: items });
    } catch (error) {
      this.change({ error: explain(error, this._options.trans) });
    }
  }

  /** Read the template that is somewhere else. */
  async look(): Promise<void> {
    this._again.stop();
    await this._inspect();
  }

  /** Ask the server about the answers that it has not seen yet. */
  async settle(): Promise<void> {
    if (this.choice) {
      await this.look();
    }
  }

  async takeOff(template: Template): Promise<void> {
    const path = { template_id: template.id };
    try {
      await this._options.api.delete('/templates/{template_id}', { path });
      if (this.choice === template.id) {
        this.choose('');
      }
    } catch (error) {
      this.error = explain(error, this._options.trans);
    }
    await this.load();
  }

  /** Keep the template that is somewhere else on the list. */
  async keep(): Promise<void> {
    await this._options.api.post('/templates', { body: this.where });
  }

  /** The template as the server is asked for it. */
  get wanted(): components['schemas']['TemplateChoice'] {
    return {
      ...this.where,
      answers: Object.fromEntries(this._answers) as Record<string, never>,
      trusted: this.trusted,
      revision: this.inspected?.revision ?? null
    };
  }

  get where(): Where {
    if (this.choice !== 'elsewhere') {
      return { id: this.choice };
    }
    const written = this.elsewhere.trim();
    return isAddress(written)
      ? { git_url: written, ref: this.version.trim() || undefined }
      : { path: written.replace(/^\/+/, '') || '.' };
  }

  override dispose(): void {
    this._again.dispose();
    this._abort.abort();
    super.dispose();
  }

  private _forget(): void {
    this._abort.abort();
    this._answers.clear();
    this.inspected = null;
    this.isLooking = false;
    this.trusted = false;
    this.error = '';
    this._isChecked = false;
  }

  private _lookAgain(): void {
    if (this.inspected || this.isLooking) {
      void this._again.invoke().catch(() => undefined);
    }
  }

  private async _inspect(): Promise<void> {
    if (this.isDisposed || !this.choice) {
      return;
    }
    const { api, trans } = this._options;
    this._abort.abort();
    const abort = (this._abort = new AbortController());
    this.isLooking = true;
    this.error = '';
    this.stateChanged.emit();
    try {
      const inspected = await api.post('/templates/inspect', {
        body: { name: this.name, template: this.wanted },
        signal: abort.signal
      });
      if (this._abort === abort) {
        this.inspected = inspected;
      }
    } catch (error) {
      if (this._abort === abort && !isAbort(error) && !this.isDisposed) {
        this.error = explain(error, trans);
        if (error instanceof APIError && error.code === 'template-changed') {
          this.inspected = null;
          this.trusted = false;
        }
      }
    }
    if (this._abort === abort && !this.isDisposed) {
      this.isLooking = false;
      this.stateChanged.emit();
    }
  }

  private readonly _again: Debouncer;
  private readonly _answers = new Map<string, Answer>();
  private _folder: string | null = null;
  private _isChecked = false;
  private _abort = new AbortController();
}

/** Whether it is a repository's address, and not a folder on the server. */
export function isAddress(written: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^[^/\s]+@[^/\s]+:|\.git\/?$/i.test(written);
}
