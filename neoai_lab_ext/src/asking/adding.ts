import type { JupyterFrontEnd } from '@jupyterlab/application';
import { InputDialog, Notification } from '@jupyterlab/apputils';
import { PathExt, URLExt } from '@jupyterlab/coreutils';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';

import { type Chats, type IAttachment, pathOfChat } from '../codeblocks/chats';
import type { LastEditor } from '../codeblocks/editors';
import type { IProjects } from '../projects';
import { excerpt, pathOfAddress, picturesOf, textOf } from './excerpts';
import type { Pictures } from './pictures';
import type { ProjectChat } from './projectchat';
import { cellAt, cellExcerpt, type ICellAt, selection } from './sources';

export interface IAddingOptions {
  app: JupyterFrontEnd;
  browser: IDefaultFileBrowser | null;
  chats: Chats;
  editors: LastEditor;
  pictures: Pictures;
  projectChat: ProjectChat;
  projects: IProjects;
  trans: TranslationBundle;
}

/** Brings selections, cells, outputs, files, pictures and addresses into a chat's next message. */
export class Adding {
  constructor(private readonly _options: IAddingOptions) {}

  async selection(): Promise<void> {
    const { app, editors, trans } = this._options;
    const found = await selection(editors);
    const cell = found ? null : cellAt(app, editors);
    const isCell = cell?.panel === editors.widget && cell?.source.trim();
    if (found) {
      await this.add([found], found.value);
    } else if (cell && isCell) {
      await this.add([cellExcerpt(cell)], cell.path);
    } else {
      this._tell(trans.__('Select some text first.'));
    }
  }

  async cell(node: Element | null): Promise<void> {
    const { app, editors, trans } = this._options;
    const cell = cellAt(app, editors, node);
    if (cell) {
      await this.add([cellExcerpt(cell)], cell.path);
    } else {
      this._tell(trans.__('Go to a cell first.'));
    }
  }

  async output(node: Element | null): Promise<void> {
    const { app, editors, trans } = this._options;
    const cell = cellAt(app, editors, node);
    const found = cell ? await this.outputs(cell) : [];
    if (cell && found.length > 0) {
      await this.add([cellExcerpt(cell), ...found], cell.path);
    } else {
      this._tell(trans.__('This cell has put out neither text nor a picture.'));
    }
  }

  /** What a cell put out: its text, and its pictures as files. */
  async outputs(cell: ICellAt): Promise<IAttachment[]> {
    const { pictures } = this._options;
    const text = textOf(cell.outputs);
    const found: IAttachment[] = text.trim()
      ? [excerpt({ path: cell.path, text, kind: 'output', cell: cell.number })]
      : [];
    for (const picture of picturesOf(cell.outputs)) {
      const value = await pictures.keep(this._folder(cell.path), picture);
      found.push({ type: 'file', value });
    }
    return found;
  }

  /** Files and folders: those named, else what is selected in the file browser. */
  async files(paths: readonly string[]): Promise<void> {
    const { browser, trans } = this._options;
    const found = paths.length
      ? paths
      : [...(browser?.selectedItems() ?? [])].map(({ path }) => path);
    if (found.length === 0) {
      this._tell(trans.__('Select a file or a folder first.'));
      return;
    }
    await this.add(
      found.map(value => ({ type: 'file', value })),
      found[0]
    );
  }

  /** An entry of the tree of the current project, by its path there. */
  treeEntry(path: string): Promise<void> {
    const { projects } = this._options;
    return this.files([PathExt.join(projects.current?.path ?? '', path)]);
  }

  /** Pictures of the clipboard or from elsewhere, into the chat that they were given to. */
  async pictures(files: readonly Blob[], node: Node): Promise<void> {
    const { chats, pictures, trans } = this._options;
    const chat = chats.around(node);
    if (!chat) {
      return;
    }
    for (const file of files) {
      const picture = await pictures.read(file);
      if (!picture) {
        throw new Error(
          trans.__('Models take png, jpeg, webp and gif: this is none of them.')
        );
      }
      const folder = this._folder(pathOfChat(chat));
      const value = await pictures.keep(folder, picture);
      chat.model.input.addAttachment?.({ type: 'file', value });
    }
    chats.focus(chat);
  }

  /** A picture that is chosen from the computer. */
  async chosenPicture(): Promise<void> {
    const { chats, trans } = this._options;
    const chat = chats.all()[0];
    if (!chat) {
      this._tell(trans.__('Open a chat first.'));
      return;
    }
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.accept = 'image/png,image/jpeg,image/webp,image/gif';
    const files = await new Promise<File[]>(resolve => {
      input.addEventListener('change', () => resolve([...(input.files ?? [])]));
      input.addEventListener('cancel', () => resolve([]));
      input.click();
    });
    await this.pictures(files, chat.widget.node);
  }

  async address(given?: string): Promise<void> {
    const { app, trans } = this._options;
    const asked = given
      ? { value: given }
      : await InputDialog.getText({
          title: trans.__('Add which address to the chat?'),
          label: trans.__('Of a file of this server, or its preview'),
          okLabel: trans.__('Add')
        });
    if (!asked.value?.trim()) {
      return;
    }
    const { baseUrl } = app.serviceManager.serverSettings;
    const base = new URL(URLExt.join(baseUrl, '/'), document.baseURI).href;
    const path = pathOfAddress(asked.value, base);
    if (path === null) {
      throw new Error(
        trans.__(
          'Only addresses of files of this server can be added: nothing else is fetched, and running apps cannot be added yet.'
        )
      );
    }
    await app.serviceManager.contents.get(path, { content: false });
    await this.add([{ type: 'file', value: path }], path);
  }

  /** Into the chat in view, else the one of what lies at `path`; the keyboard goes there. */
  async add(attachments: readonly IAttachment[], path: string): Promise<void> {
    const { chats, projectChat } = this._options;
    const inView = chats.all().find(({ widget }) => widget.isVisible);
    const chat = inView ?? (await projectChat.about(path));
    for (const attachment of attachments) {
      chat.model.input.addAttachment?.(attachment);
    }
    chats.focus(chat);
  }

  private _folder(path: string): string {
    const { projects } = this._options;
    const folder = path.split('/').slice(0, -1).join('/');
    return projects.find(path)?.path ?? folder;
  }

  private _tell(message: string): void {
    Notification.warning(message, { autoClose: 5000 });
  }
}
