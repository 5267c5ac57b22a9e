import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { lazily } from '../lazy';
import { IProjects } from '../projects';
import { INeoAIReviewer } from '../review';
import { Actions } from './actions';
import { CodeBlocks } from './blocks';
import { Chats } from './chats';
import { LastEditor } from './editors';
import { ILastEditor, PLUGIN_ID } from './tokens';

/** The editor that a chat's code and questions are about. */
const lastEditor: JupyterFrontEndPlugin<LastEditor> = {
  id: '@neoai/lab:last-editor',
  description: 'Knows which file or notebook was used last.',
  autoStart: true,
  provides: ILastEditor,
  requires: [IDocumentManager],
  activate: (app: JupyterFrontEnd, documents: IDocumentManager) =>
    new LastEditor(app, documents)
};

/** What can be done with the code in a chat. */
const blocks: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description:
    'Copies, inserts, runs and applies the code blocks of chat messages.',
  autoStart: true,
  requires: [
    IDocumentManager,
    ILastEditor,
    INeoAIEditorOpener,
    INeoAIReviewer,
    IProjects
  ],
  optional: [ITranslator, IEditorLanguageRegistry],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    editors: LastEditor,
    opener: INeoAIEditorOpener,
    reviewer: INeoAIReviewer,
    projects: IProjects,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const options = {
      api,
      documents,
      opener,
      reviewer,
      projects,
      editors,
      trans
    };
    const applying = lazily(() =>
      import('./applying').then(({ Applying }) => new Applying(options))
    );
    const actions = new Actions({
      editors,
      applying,
      trans,
      copy: text => Clipboard.copyToSystem(text),
      tell: message => void Notification.warning(message, { autoClose: 8000 })
    });
    new CodeBlocks(
      new Chats(app),
      trans,
      (action, block) => actions.run(action, block),
      (code, language) => colour(code, language, languages)
    );
  }
};

async function colour(
  code: Element,
  language: string,
  languages: IEditorLanguageRegistry | null
): Promise<void> {
  const spec = await languages?.getLanguage(language);
  if (languages && spec) {
    const host = document.createElement('code');
    await languages.highlight(code.textContent ?? '', spec, host);
    code.replaceChildren(...host.childNodes);
  }
}

export const codeBlockPlugins = [
  lastEditor,
  blocks
] as JupyterFrontEndPlugin<unknown>[];
