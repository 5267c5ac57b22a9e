import {
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { ISharedFile } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { API } from '../api';
import type { INeoAIEditorOpener } from '../editor';
import type { IProjects } from '../projects';
import type { INeoAIReviewer } from '../review';
import type { IBlock } from './blocks';
import { pathOfChat } from './chats';
import type { LastEditor } from './editors';
import { pathAbove, pathOf } from './markdown';

export interface IApplyOptions {
  api: API;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  reviewer: INeoAIReviewer;
  projects: IProjects;
  editors: LastEditor;
  trans: TranslationBundle;
}

/** Commands that mend nothing. */
const OTHER_COMMAND = /^\s*\/(?!fix\b|explain\b)\w/;
/** A command and the file that it names; what follows is the error's line. */
const COMMAND = /^\s*\/(?:fix|explain)\s+(?:\S*[./]\S*(?<!:)\s+)?/;

/** Brings code blocks into files: as proposed changes, which are decided on by hunk. */
export class Applying {
  constructor(private readonly _options: IApplyOptions) {}

  /** Show what a block would change in its file; rejects with what to say where that fails. */
  async apply(block: IBlock): Promise<void> {
    const { trans } = this._options;
    const target = await this._target(block);
    if (target === null) {
      return;
    }
    if (target.endsWith('.ipynb')) {
      throw new Error(
        trans.__('%1 is a notebook: insert the code as a cell.', target)
      );
    }
    if (!(await this._exists(target))) {
      await this._create(target, block);
      return;
    }
    await this._propose(target, block);
  }

  private async _propose(path: string, block: IBlock): Promise<void> {
    const { api, reviewer, projects, trans } = this._options;
    const text = await this._text(path, block);
    const project = projects.find(path);
    const merged = await api.post('/ai/merge', {
      body: {
        code: block.code,
        text,
        path: relative(path, project?.path),
        language: block.language,
        project_id: project?.id
      }
    });
    const remarks = merged.note
      ? [{ severity: 'warning' as const, message: merged.note }]
      : [];
    const review = await reviewer.review({
      title: trans.__('From the chat'),
      proposals: [
        { path, proposed: merged.text, base: text, mends: errorIn(block.mends) }
      ],
      remarks
    });
    if (!review && merged.text === text) {
      Notification.info(trans.__('%1 has this code already.', path), {
        autoClose: 4000
      });
    }
  }

  /** The text as the editor has it; opens the file where it is not. */
  private async _text(path: string, { toolbar }: IBlock): Promise<string> {
    const { editors, opener, trans } = this._options;
    const widget: IDocumentWidget | null =
      editors.open(path) ??
      (await opener.open(path, undefined, undefined, besides(toolbar)));
    const shared = widget?.context.model.sharedModel as
      Partial<ISharedFile> | undefined;
    if (!shared?.getSource) {
      throw new Error(trans.__('%1 cannot be changed as text.', path));
    }
    return shared.getSource();
  }

  /** The file that a block names, else the one used last; null where nobody says which. */
  private async _target(block: IBlock): Promise<string | null> {
    const { editors, trans } = this._options;
    const named = pathOf(block);
    const above = pathAbove(block);
    for (const name of [named, above].filter(each => each !== null)) {
      for (const path of this._places(block, name)) {
        if (await this._exists(path)) {
          return path;
        }
      }
    }
    if (named) {
      return this._places(block, named)[0];
    }
    const open = editors.file?.context.localPath;
    if (open) {
      return open;
    }
    const { value } = await InputDialog.getText({
      title: trans.__('Apply to which file?'),
      label: trans.__('The path, from the project’s folder'),
      text: above ?? '',
      okLabel: trans.__('Continue')
    });
    return value?.trim() ? this._places(block, value.trim())[0] : null;
  }

  /** Where a path may be meant: in the project, beside the chat, and from the server's root. */
  private _places({ chat }: IBlock, named: string): string[] {
    const { projects, editors } = this._options;
    const about = chat ? pathOfChat(chat) : editors.widget?.context.localPath;
    const folder = PathExt.dirname(about ?? '');
    const project = projects.find(folder);
    const above = [project?.path ?? folder, folder, ''];
    return [...new Set(above.map(each => PathExt.join(each, named)))];
  }

  private async _exists(path: string): Promise<boolean> {
    const { contents } = this._options.documents.services;
    return contents.get(path, { content: false }).then(
      ({ type }) => type !== 'directory',
      () => false
    );
  }

  private async _create(
    path: string,
    { code, toolbar }: IBlock
  ): Promise<void> {
    const { documents, opener, trans } = this._options;
    const { button } = await showDialog({
      title: trans.__('Create %1?', path),
      body: trans.__('There is no such file yet. The code becomes its text.'),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Create') })
      ]
    });
    if (!button.accept) {
      return;
    }
    const folders = PathExt.dirname(path).split('/').filter(Boolean);
    const { contents } = documents.services;
    for (let depth = 1; depth <= folders.length; depth++) {
      const folder = folders.slice(0, depth).join('/');
      await contents
        .get(folder, { content: false })
        .catch(() => contents.save(folder, { type: 'directory' }));
    }
    const content = code.endsWith('\n') ? code : `${code}\n`;
    await contents.save(path, { type: 'file', format: 'text', content });
    await opener.open(path, undefined, undefined, besides(toolbar));
  }
}

/** Where a file opens while no other is open: not over the chat. */
function besides(toolbar: HTMLElement): 'split-left' | undefined {
  return toolbar.closest('#jp-main-dock-panel') ? 'split-left' : undefined;
}

function relative(path: string, folder: string | undefined): string {
  return folder ? path.slice(folder.length + 1) : path;
}

/** What of a question may be an error that it wants mended. */
function errorIn(question: string | undefined): string | undefined {
  return question && !OTHER_COMMAND.test(question)
    ? question.replace(COMMAND, '')
    : undefined;
}
