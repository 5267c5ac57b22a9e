import { Dialog, UseSignal, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import { type API, APIError } from '../../api';
import { explain, isAbort } from '../errors';
import type { ProjectsModel } from '../model';
import type { Project } from '../tokens';
import { NewProjectForm } from './form';
import { NewProjectModel } from './model';

/** A project that is there now, and what its template says. */
export interface IMade {
  project: Project;
  message: string;
  /** The file to begin with. */
  open: string;
}

interface INewProjectOptions {
  api: API;
  projects: ProjectsModel;
  trans: TranslationBundle;
  folderOf: (name: string) => string;
  /** The folder that was written; rejects one that there cannot be a project in. */
  checkFolder: (name: string, folder: string) => Promise<string>;
  /** Whether the person came for a template. */
  startsWithTemplates: boolean;
}

const ACCEPT = 1;
const LAST = new Set(['ready', 'failed', 'cancelled']);

/** Asks for a new project, makes it, and shows how far that is. */
export class NewProjectDialog extends Dialog<void> {
  constructor(private readonly _options: INewProjectOptions) {
    const { trans } = _options;
    const model = new NewProjectModel(_options);
    super({
      title: _options.startsWithTemplates
        ? trans.__('New Project from Template')
        : trans.__('New Project'),
      body: new Body(model, trans),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({
          label: trans.__('Create'),
          className: 'neoai-FormDialog-accept'
        })
      ],
      focusNodeSelector: 'input[name="name"]'
    });
    this.addClass('neoai-FormDialog');
    this.addClass('neoai-NewProject');
    this._model = model;
    void model.load();
  }

  /** What was made, once the dialog is over. */
  made: IMade | null = null;

  override resolve(index: number = ACCEPT): void {
    if (index !== ACCEPT) {
      super.resolve(index);
    } else if (!this._isBusy) {
      void this._run();
    }
  }

  /** Enter begins a line where there are several, and reads a template at its address. */
  override handleEvent(event: Event): void {
    const { target, type } = event;
    if (type === 'keydown' && (event as KeyboardEvent).key === 'Enter') {
      if (target instanceof HTMLTextAreaElement) {
        return;
      }
      if (
        target instanceof HTMLInputElement &&
        target.name === 'elsewhere' &&
        !this._model.inspected
      ) {
        event.preventDefault();
        event.stopPropagation();
        void this._model.look();
        return;
      }
    }
    super.handleEvent(event);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._abort.abort();
      this._model.dispose();
      super.dispose();
    }
  }

  private async _run(): Promise<void> {
    this._setBusy(true);
    this._model.change({ error: '' });
    try {
      this.made = await this._make();
      if (!this.isDisposed) {
        super.resolve(ACCEPT);
      }
    } catch (error) {
      if (!this.isDisposed && !isAbort(error)) {
        this._setBusy(false);
        this._tell(error);
      }
    }
  }

  private async _make(): Promise<IMade> {
    const { trans, projects, checkFolder } = this._options;
    const model = this._model;
    const name = model.name.trim();
    if (!name) {
      this._focus('name');
      throw new Error(trans.__('Give the project a name.'));
    }
    const path = await checkFolder(name, model.folder);
    if (!model.choice) {
      const project = await projects.create({ name, path, create: true });
      return { project, message: '', open: '' };
    }
    await this._checkTemplate();
    const made = await this._follow(
      await projects.begin({ name, path, template: model.wanted })
    );
    if (model.choice === 'elsewhere' && model.keeps) {
      // The project is there: that the list could not be kept is no reason to lose it.
      await model.keep().catch(error => console.warn(error));
    }
    return made;
  }

  /** Reject what the server would refuse, where the person can mend it. */
  private async _checkTemplate(): Promise<void> {
    const { trans } = this._options;
    const model = this._model;
    await model.settle();
    if (model.error) {
      throw new Error(model.error);
    }
    model.check();
    const wrong = model.questions.find(({ error }) => error);
    if (wrong) {
      this._focus(`question:${wrong.name}`);
      throw new Error(trans.__('An answer is missing or not right.'));
    }
    if (model.runs.length > 0 && !model.trusted) {
      this._focus('trusted');
      throw new Error(
        trans.__(
          'The template runs code. Look at it, and say that you trust it; or choose another.'
        )
      );
    }
  }

  /** Wait for the project; leaving the dialog ends it. */
  private async _follow(project: Project): Promise<IMade> {
    const { api, projects, trans } = this._options;
    const path = { project_id: project.id };
    const { signal } = this._abort;
    const cancel = () =>
      void projects.cancelClone(project.id).catch(() => undefined);
    if (signal.aborted) {
      cancel();
    }
    signal.addEventListener('abort', cancel);
    const phase = trans.__('Making the project');
    this._model.change({ progress: { phase, percent: null, said: '' } });
    try {
      const events = api.events('/projects/{project_id}/events', {
        path,
        signal,
        isLast: ({ name }) => LAST.has(name)
      });
      for await (const { name, data } of events) {
        const told = data as Record<string, string & number>;
        if (name === 'progress') {
          this._model.change({
            progress: {
              phase: told.phase,
              percent: told.percent,
              said: told.counts
            }
          });
        } else if (name === 'ready') {
          const found = await projects.known(project.id);
          const { message = '', open = '' } = told;
          return { project: found, message, open };
        } else {
          await projects.remove(project.id, { files: false });
          throw new Error(told.detail ?? trans.__('It was cancelled.'));
        }
      }
      throw new Error(trans.__('The server does not tell how it went.'));
    } finally {
      signal.removeEventListener('abort', cancel);
      this._model.change({ progress: null });
    }
  }

  private _tell(error: unknown): void {
    const { trans } = this._options;
    this._model.change({ error: explain(error, trans) });
    if (error instanceof APIError && error.code === 'template-changed') {
      this._model.choose(this._model.choice);
    }
  }

  private _focus(name: string): void {
    const field = this.node.querySelector<HTMLElement>(
      `[name="${CSS.escape(name)}"]`
    );
    (field?.querySelector('input') ?? field)?.focus();
  }

  private _setBusy(isBusy: boolean): void {
    this._isBusy = isBusy;
    this.node.setAttribute('aria-busy', String(isBusy));
    const button = this.node.querySelector('.neoai-FormDialog-accept');
    button?.setAttribute('aria-disabled', String(isBusy));
  }

  private readonly _model: NewProjectModel;
  private readonly _abort = new AbortController();
  private _isBusy = false;
}

class Body extends ReactWidget {
  constructor(
    private readonly _model: NewProjectModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('neoai-Form');
    this.addClass('neoai-New');
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._model.stateChanged}>
        {() => <NewProjectForm model={this._model} trans={this._trans} />}
      </UseSignal>
    );
  }
}
