import {
  Clipboard,
  Dialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';

import { Widget } from '@lumino/widgets';

import { type API, APIError } from '../api';
import { explain } from './errors';
import { folderOf, folderOfAddress, joined, normalized } from './folders';
import { FormDialog } from './formdialog';
import type { IMade } from './newproject/dialog';
import type { ProjectsModel } from './model';
import type { Project } from './tokens';

interface IActionsOptions {
  api: API;
  model: ProjectsModel;
  documents: IDocumentManager;
  translator: ITranslator;
  trans: TranslationBundle;
  /** Below which folder new ones are proposed. */
  newFolder: () => string;
  /** Show a folder in the file browser; rejects where it is not there. */
  showFolder: (path: string) => Promise<void>;
  /** Bring the panel to the front. */
  showPanel: () => void;
}

/** What a person can do with projects: questions before, answers and undo after. */
export class Actions {
  constructor(private readonly _options: IActionsOptions) {
    _options.model.cloneEnded.connect((_, project) =>
      this._cloneEnded(project)
    );
  }

  async open(project: Project): Promise<void> {
    await this._try(
      this._trans.__('“%1” cannot be opened.', project.name),
      async () => {
        try {
          await this._options.showFolder(project.path);
          this._model.noteOpened(project);
        } catch (error) {
          // The list may be older than what happened to the folder.
          await this._model.refresh();
          if (!this._model.get(project.id)?.missing) {
            throw error;
          }
          throw new Error(
            this._trans.__(
              'Its folder “%1” is not there any more. Put it back, or unregister the project.',
              project.path
            ),
            { cause: error }
          );
        }
      }
    );
  }

  /** Show who works on a project, to be changed by its owners. */
  async share(project: Project): Promise<void> {
    const { api, trans } = this._options;
    const { ShareDialog } = await import('../sharing/dialog');
    await new ShareDialog({ api, project, trans }).launch();
  }

  /** Show the archives of a project that the server keeps. */
  async showExports(project: Project): Promise<void> {
    const { api, trans } = this._options;
    const { ExportsDialog } = await import('../exports/dialog');
    await new ExportsDialog({ api, project, trans }).launch();
  }

  /** Show the chats of a project. */
  async showConversations(project: Project): Promise<void> {
    const { api, documents, trans } = this._options;
    const { ConversationsDialog } = await import('../conversations/dialog');
    const open = (path: string) => void documents.openOrReveal(path);
    await new ConversationsDialog({ api, project, trans, open }).launch();
  }

  /** Ask for a folder and register it; one that is registered already is just opened. */
  async openFolder(): Promise<void> {
    const chosen = await FileDialog.getExistingDirectory({
      manager: this._options.documents,
      translator: this._options.translator,
      title: this._trans.__('Open Folder as Project'),
      label: this._trans.__('Choose a folder. Nothing in it is changed.')
    });
    const folder = chosen.button.accept ? chosen.value?.[0] : undefined;
    if (folder) {
      await this.register(folder.path);
    }
  }

  async register(folder: string): Promise<void> {
    const path = normalized(folder);
    await this._try(
      this._trans.__('“%1” cannot be opened as a project.', path),
      async () => {
        try {
          await this.open(await this._model.create({ path: path || '.' }));
        } catch (error) {
          if (!(error instanceof APIError) || error.code !== 'registered') {
            throw error;
          }
          await this._model.refresh();
          const known = this._model.get(String(error.extra.project_id));
          if (!known) {
            throw error;
          }
          await this.open(known);
        }
      }
    );
  }

  /** Ask for a new project, make it and open it with the file to begin with. */
  async create(startsWithTemplates = false): Promise<void> {
    const { api, trans } = this._options;
    const inNewFolder = (name: string) =>
      joined(this._options.newFolder(), folderOf(name));
    const { NewProjectDialog } = await import('./newproject/dialog');
    const dialog = new NewProjectDialog({
      api,
      trans,
      projects: this._model,
      startsWithTemplates,
      folderOf: inNewFolder,
      checkFolder: async (name, written) => {
        const folder = this._folder(written, inNewFolder(name));
        await this._refuseExisting(folder);
        return folder;
      }
    });
    await dialog.launch();
    // Only now: what goes wrong is told in a dialog, which waits for this one's end.
    if (dialog.made) {
      await this._begin(dialog.made);
    }
  }

  private async _begin({ project, message, open }: IMade): Promise<void> {
    const { documents, trans } = this._options;
    await this.open(project);
    if (open) {
      const path = joined(project.path, open);
      const isThere = await documents.services.contents
        .get(path, { content: false })
        .then(
          () => true,
          () => false
        );
      if (isThere) {
        documents.openOrReveal(path);
      }
    }
    if (message) {
      const body = new Widget({ node: document.createElement('pre') });
      body.addClass('neoai-New-said');
      body.node.textContent = message;
      await showDialog({
        title: trans.__('“%1” is ready', project.name),
        body,
        buttons: [Dialog.okButton({ label: trans.__('Close') })]
      });
    }
  }

  async clone(): Promise<void> {
    const trans = this._trans;
    const fields = [
      {
        name: 'address',
        label: trans.__('Repository'),
        placeholder: 'https://github.com/owner/name.git',
        hint: trans.__(
          'https, http, ssh, git, user@host:path, or a path on this server.'
        )
      },
      {
        name: 'path',
        label: trans.__('Folder'),
        hint: trans.__(
          'Below the folder that the server serves. Git makes it.'
        ),
        follows: ({ address }: Record<string, string>) =>
          joined(this._options.newFolder(), folderOfAddress(address))
      }
    ];
    await new FormDialog({
      title: trans.__('Clone Repository'),
      accept: trans.__('Clone'),
      fields,
      trans,
      run: async ({ address, path }, signal) => {
        if (!address) {
          throw new Error(trans.__('Give the repository’s address.'));
        }
        await this._clone(
          address,
          { path: this._folder(path, '') || undefined },
          signal
        );
      }
    }).launch();
  }

  async cloneAgain({ git_url, name, path, settings }: Project): Promise<void> {
    await this._try(this._trans.__('“%1” cannot be cloned.', name), () =>
      this._clone(git_url!, { name, path, settings })
    );
  }

  async cancelClone(project: Project): Promise<void> {
    await this._try(this._trans.__('The clone cannot be cancelled.'), () =>
      this._model.cancelClone(project.id)
    );
  }

  async trust(project: Project): Promise<void> {
    const trans = this._trans;
    const answer = await showDialog({
      title: trans.__('Trust “%1”?', project.name),
      body: trans.__(
        'In a trusted project NeoAI may run what the project itself defines: tasks, hooks, ' +
          'template code, workflows and MCP servers. Trust it only if you know where it comes ' +
          'from. You can read, edit and search it without, and take the trust back at any time.'
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Keep Untrusted') }),
        Dialog.okButton({ label: trans.__('Trust') })
      ],
      defaultButton: 0
    });
    if (answer.button.accept) {
      await this._try(
        trans.__('“%1” cannot be trusted.', project.name),
        async () => {
          await this._model.setTrusted(project.id, true);
        }
      );
    }
  }

  async untrust(project: Project): Promise<void> {
    const failure = this._trans.__(
      'The trust in “%1” cannot be taken back.',
      project.name
    );
    await this._try(failure, async () => {
      await this._model.setTrusted(project.id, false);
    });
  }

  /** Forget a project; its files stay, and it can be brought back. */
  async unregister(project: Project): Promise<void> {
    const trans = this._trans;
    await this._try(
      trans.__('“%1” cannot be unregistered.', project.name),
      async () => {
        await this._model.remove(project.id, { files: false });
        const canUndo = project.state === 'ready' && !project.missing;
        Notification.success(
          canUndo
            ? trans.__(
                '“%1” is no longer a project. Its files are kept.',
                project.name
              )
            : trans.__('“%1” is no longer a project.', project.name),
          {
            autoClose: 10_000,
            actions: canUndo
              ? [
                  {
                    label: trans.__('Undo'),
                    callback: () => void this._restore(project)
                  }
                ]
              : []
          }
        );
      }
    );
  }

  async trash(project: Project): Promise<void> {
    const trans = this._trans;
    const answer = await showDialog({
      title: trans.__('Move “%1” to the trash?', project.name),
      body: trans.__(
        'The folder “%1” and everything in it goes to the system’s trash, and NeoAI forgets the ' +
          'project. To keep the files, unregister it instead.',
        project.path
      ),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Move to Trash') })
      ],
      defaultButton: 0
    });
    if (!answer.button.accept) {
      return;
    }
    const isShown = this._model.current?.id === project.id;
    await this._try(
      trans.__('“%1” cannot be moved to the trash.', project.name),
      async () => {
        await this._model.remove(project.id, { files: true });
        if (isShown) {
          await this._options.showFolder('');
          this._options.showPanel();
        }
        Notification.success(trans.__('“%1” is in the trash.', project.name), {
          autoClose: 5000
        });
      }
    );
  }

  async copyPath(project: Project): Promise<void> {
    Clipboard.copyToSystem(project.path || '/');
  }

  private async _clone(
    address: string,
    wanted: Partial<Pick<Project, 'name' | 'path' | 'settings'>>,
    signal?: AbortSignal
  ): Promise<void> {
    const project = await this._model.clone(address, wanted, signal);
    this._started.add(project.id);
    this._options.showPanel();
  }

  /** Tell whoever started it; a clone of another page's is news in the list only. */
  private _cloneEnded(project: Project): void {
    if (!this._started.delete(project.id)) {
      return;
    }
    const trans = this._trans;
    if (project.state === 'ready') {
      Notification.success(trans.__('“%1” is cloned.', project.name), {
        autoClose: 10_000,
        actions: [
          { label: trans.__('Open'), callback: () => void this.open(project) }
        ]
      });
    } else {
      // The panel says why: a notification has room for a sentence.
      Notification.error(trans.__('“%1” was not cloned.', project.name), {
        autoClose: 10_000,
        actions: [
          {
            label: trans.__('Show Why'),
            callback: () => this._options.showPanel()
          }
        ]
      });
    }
  }

  private async _restore(project: Project): Promise<void> {
    await this._try(
      this._trans.__('“%1” cannot be brought back.', project.name),
      async () => {
        await this._model.restore(project);
      }
    );
  }

  /** The folder that was written; rejects what is not below the served one. */
  private _folder(written: string, otherwise: string): string {
    const path = normalized(written) || otherwise;
    if (path.split('/').includes('..')) {
      throw new Error(
        this._trans.__(
          'The folder must lie below the one that the server serves: write it without “..”.'
        )
      );
    }
    return path;
  }

  /** A folder that is there is registered, not made: say so rather than take it silently. */
  private async _refuseExisting(path: string): Promise<void> {
    const { contents } = this._options.documents.services;
    const isThere = await contents.get(path, { content: false }).then(
      () => true,
      () => false
    );
    if (isThere) {
      throw new Error(
        this._trans.__(
          '“%1” is there already. Choose another folder, or use Open Folder to make it a project.',
          path
        )
      );
    }
  }

  /** Do it; what goes wrong is told, with what to do next. */
  private async _try(
    failure: string,
    action: () => Promise<void>
  ): Promise<void> {
    try {
      await action();
    } catch (error) {
      await showErrorMessage(failure, explain(error, this._trans));
    }
  }

  private get _model(): ProjectsModel {
    return this._options.model;
  }

  private get _trans(): TranslationBundle {
    return this._options.trans;
  }

  private readonly _started = new Set<string>();
}
