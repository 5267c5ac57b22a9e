import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { API, APIError } from '../api';
import type { IAttachment } from '../codeblocks/chats';
import type { IProjects } from '../projects';
import { CommandIDs as ProviderCommandIDs } from '../providers/tokens';
import type { INeoAIReviewer, IRemark } from '../review';
import { Roles } from '../sharing/roles';
import { errorOf, excerpt, nameOf, tracebackOf } from './excerpts';
import type { ProjectChat } from './projectchat';
import { cellExcerpt, type ICellAt } from './sources';

export interface IErrorsOptions {
  app: JupyterFrontEnd;
  api: API;
  projects: IProjects;
  projectChat: ProjectChat;
  reviewer: INeoAIReviewer;
  trans: TranslationBundle;
}

/** Asks about the error of a cell, and proposes how to mend it. */
export class CellErrors {
  constructor(private readonly _options: IErrorsOptions) {}

  /** Ask in the project's chat, with the cell, its traceback, and the variables that it names. */
  async explain(cell: ICellAt): Promise<void> {
    const { projectChat, trans } = this._options;
    const error = this._errorOf(cell);
    const { path, number } = cell;
    const text = tracebackOf(error);
    const attachments = [
      cellExcerpt(cell),
      excerpt({ path, text, kind: 'output', cell: number }),
      ...(await this._variables(cell, text))
    ];
    const chat = await projectChat.about(path);
    attachments.forEach(each => chat.model.input.addAttachment?.(each));
    projectChat.send(
      chat,
      trans.__(
        'Explain the error `%1` in cell %2 of `%3`: what causes it, and how is it mended?',
        nameOf(error).replace(/`/g, "'"),
        number,
        path.split('/').pop() ?? path
      )
    );
  }

  /** Propose another source of the cell; nothing changes before it is accepted. */
  async fix(cell: ICellAt, signal?: AbortSignal): Promise<void> {
    const { api, projects, reviewer, trans } = this._options;
    const error = this._errorOf(cell);
    const { path, id, source } = cell;
    const project = projects.find(path);
    const kernel = cell.panel.sessionContext.session?.kernel;
    try {
      const written = await api.post('/ai/code-generation', {
        body: {
          template: 'fix-error',
          error: tracebackOf(error),
          language: cell.panel.context.model.defaultKernelLanguage || 'python',
          path: project ? path.slice(project.path.length + 1) : path,
          project_id: project?.id,
          selection: { text: source },
          kernel_id: this._isOwn ? kernel?.id : undefined
        },
        signal
      });
      const proposed = written.code.replace(/\n$/, '');
      const remarks: IRemark[] = [
        ...(written.explanation
          ? [{ severity: 'info' as const, message: written.explanation }]
          : []),
        ...written.checks
      ];
      const review = await reviewer.review({
        title: trans.__('To mend %1', error.ename ?? trans.__('the error')),
        proposals: [{ path, cell: id, proposed, base: source }],
        remarks
      });
      if (!review && proposed === source.replace(/\n$/, '')) {
        Notification.info(
          written.explanation || trans.__('The model would change nothing.')
        );
      }
    } catch (failure) {
      await this._explainFailure(failure, cell);
    }
  }

  private async _explainFailure(
    failure: unknown,
    cell: ICellAt
  ): Promise<void> {
    const { app, trans } = this._options;
    if (!(failure instanceof APIError) || failure.code !== 'no-model') {
      throw failure;
    }
    const ask = trans.__('Ask the Chat');
    const { button } = await showDialog({
      title: trans.__('No model is configured'),
      body: trans.__(
        'A model is needed to mend the error. Add one under Settings, AI Providers. The chat can look for passages of the project about it meanwhile.'
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.createButton({ label: ask }),
        Dialog.okButton({ label: trans.__('AI Providers…') })
      ]
    });
    if (button.label === ask) {
      await this.explain(cell);
    } else if (button.accept) {
      await app.commands.execute(ProviderCommandIDs.show);
    }
  }

  private async _variables(
    cell: ICellAt,
    traceback: string
  ): Promise<IAttachment[]> {
    const { api, projects } = this._options;
    const kernel = cell.panel.sessionContext.session?.kernel;
    if (!kernel || !this._isOwn) {
      return [];
    }
    const asked = `${cell.source}\n${traceback}`.slice(0, 4000);
    try {
      const { text } = await api.get('/ai/kernels/{kernel_id}/variables', {
        path: { kernel_id: kernel.id },
        query: { asked, project_id: projects.find(cell.path)?.id }
      });
      return text.trim()
        ? [excerpt({ path: cell.path, text, kind: 'variables' })]
        : [];
    } catch {
      return []; // the question is worth asking without them
    }
  }

  private _errorOf(cell: ICellAt) {
    const error = errorOf(cell.outputs);
    if (!error) {
      throw new Error(
        this._options.trans.__('This cell has put out no error.')
      );
    }
    return error;
  }

  /** Kernels are the server's owner's alone. */
  private readonly _isOwn = Roles.ofPage() === null;
}
