import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';

import { type Chats, type IChat, pathOfChat } from '../codeblocks/chats';
import type { IProjects } from '../projects';
import { PERSONA } from './tokens';

const NEW_CHAT = 'jupyterlab-chat:create';

/** The chat of a project: the one that is open, else its latest, else a new one. */
export class ProjectChat {
  constructor(
    private readonly _app: JupyterFrontEnd,
    private readonly _chats: Chats,
    private readonly _projects: IProjects
  ) {}

  /** The chat about what lies at `path`, opened beside it where it is not open. */
  async about(path: string): Promise<IChat> {
    const project = this._projects.find(path);
    const folder = project?.path ?? PathExt.dirname(path);
    const isAbout = (chat: IChat) => {
      const file = pathOfChat(chat);
      return project
        ? this._projects.find(file)?.id === project.id
        : !this._projects.find(file);
    };
    const open = this._chats.all().find(isAbout);
    return open ?? this._open(await this._latest(folder));
  }

  /** Send a message to NeoAI, whoever the chat's messages usually go to. */
  send({ model: { input } }: IChat, text: string): void {
    const before = input.getMetadata?.() ?? {};
    input.updateMetadata?.({ to_persona: PERSONA });
    input.send(text);
    if (before.to_persona) {
      input.updateMetadata?.({ to_persona: before.to_persona });
    }
  }

  private async _latest(folder: string): Promise<string> {
    const { contents } = this._app.serviceManager;
    const { content } = await contents.get(folder);
    const chats = (content as { path: string; last_modified: string }[])
      .filter(({ path }) => path.endsWith('.chat'))
      .sort((a, b) => b.last_modified.localeCompare(a.last_modified));
    return (
      chats[0]?.path ??
      ((await this._app.commands.execute(NEW_CHAT, {
        path: folder
      })) as string)
    );
  }

  private async _open(path: string): Promise<IChat> {
    const widget = await this._app.commands.execute('docmanager:open', {
      path,
      factory: 'Chat',
      options: { mode: 'split-right' }
    });
    await widget.context.ready;
    await widget.revealed;
    await widget.model?.ready;
    const found = this._chats.all().find(chat => chat.widget === widget);
    if (!found) {
      throw new Error('The chat cannot be opened: is Jupyter AI installed?');
    }
    return found;
  }
}
