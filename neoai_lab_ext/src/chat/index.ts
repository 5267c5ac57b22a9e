import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Token } from '@lumino/coreutils';

import { API } from '../api';
import type { LastEditor } from '../codeblocks/editors';
import { ILastEditor } from '../codeblocks/tokens';
import { CommandIDs, INeoAIEditorOpener } from '../editor';
import {
  CommandIDs as ProviderCommandIDs,
  PAGE_FRAGMENT
} from '../providers/tokens';
import { Along } from './along';
import { citationOf } from './links';
import { PERSONA } from './notes';
import { CommandIDs as ReplyCommandIDs, Replies } from './replies';
import { sharedModule } from './shared';
import { NotebookOpener } from '../editor/notebooks';

/** Where Jupyter AI's chat shows messages, in the main area and in the sidebar. */
const MESSAGES =
  '.jp-chat-messages-container, .jp-chat-message, .jp-chat-rendered-message';

/** Links in the chat, to lines and to the page of providers: a click opens them in this page. */
const citations: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:citations',
  description: 'Opens the files that chat messages cite, at the cited lines.',
  autoStart: true,
  requires: [IDocumentManager, INeoAIEditorOpener],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    editors: INeoAIEditorOpener,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const notebooks = new NotebookOpener(app, documents, editors);
    const baseUrl = new URL(
      URLExt.join(app.serviceManager.serverSettings.baseUrl, '/'),
      document.baseURI
    ).href;
    const follow = (event: MouseEvent) => {
      // Another button or a modifier asks for a new tab: that is the browser's.
      const isPlain = !(
        event.ctrlKey ||
        event.metaKey ||
        event.shiftKey ||
        event.altKey
      );
      if (
        event.button !== 0 ||
        !isPlain ||
        !(event.target instanceof Element)
      ) {
        return;
      }
      const anchor = event.target.closest<HTMLAnchorElement>('a[href]');
      if (!anchor?.closest(MESSAGES)) {
        return;
      }
      if (anchor.hash === PAGE_FRAGMENT) {
        event.preventDefault();
        event.stopPropagation();
        void app.commands.execute(ProviderCommandIDs.show);
        return;
      }
      const citation = citationOf(anchor.href, baseUrl);
      if (!citation) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      const { path, line, endLine } = citation;
      const mode = anchor.closest('#jp-main-dock-panel') ? 'split-left' : null;
      if (line === undefined) {
        void app.commands.execute('filebrowser:open-path', { path });
      } else if (notebooks.opens(path)) {
        notebooks
          .open(path, line, mode ?? undefined)
          .catch((error: Error) =>
            showErrorMessage(trans.__('Cannot open %1', path), error)
          );
      } else {
        void app.commands.execute(CommandIDs.openAtLine, {
          path,
          line,
          endLine,
          ...(mode && { mode })
        });
      }
    };
    // Before the links' own listeners: rendered Markdown opens links in a new tab.
    document.addEventListener('click', follow, true);
  }
};

interface IChatModule {
  IMessageFooterRegistry: Token<{
    addSection(section: { position: 'left'; component: unknown }): void;
  }>;
  IChatCommandRegistry: Token<{ addProvider(provider: unknown): void }>;
}

interface IPersonasModule {
  IPersonaControlRegistry: Token<{
    addControl(control: {
      id: string;
      component: unknown;
      personaId: string;
    }): void;
  }>;
}

/** What stands below messages, and what goes along with them. */
const conversation: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:conversation',
  description:
    'Shows what replies took, lets people ask anew, and sends what is in front along.',
  autoStart: true,
  requires: [ILastEditor],
  optional: [ITranslator],
  activate: async (
    app: JupyterFrontEnd,
    editors: LastEditor,
    translator: ITranslator | null
  ): Promise<void> => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    const replies = new Replies(api, app.commands, trans);
    const along = new Along(api, editors, trans);
    app.commands.addCommand(ReplyCommandIDs.answerAgain, {
      label: args =>
        args.id
          ? String(args.id)
          : trans.__('Answer a Message of a Chat Again'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string' },
            messageId: { type: 'string' },
            id: { type: 'string', description: 'The model.' }
          },
          required: ['path', 'messageId']
        }
      },
      execute: args =>
        api.post('/ai/chats/answer', {
          body: {
            path: String(args.path),
            message_id: String(args.messageId),
            model: String(args.id ?? '')
          }
        })
    });
    void app.started.then(async () => {
      const chat = await sharedModule<IChatModule>('@jupyter/chat');
      const personas = await sharedModule<IPersonasModule>(
        '@jupyter-ai/persona-manager'
      );
      if (!chat || !personas) {
        return;
      }
      const footers = await app.resolveOptionalService(
        chat.IMessageFooterRegistry
      );
      footers?.addSection({ position: 'left', component: replies.footer });
      const commands = await app.resolveOptionalService(
        chat.IChatCommandRegistry
      );
      commands?.addProvider(along);
      const controls = await app.resolveOptionalService(
        personas.IPersonaControlRegistry
      );
      controls?.addControl({
        id: along.id,
        component: along.chips,
        personaId: PERSONA
      });
    });
  }
};

export const chatPlugins = [
  citations,
  conversation
] as JupyterFrontEndPlugin<unknown>[];
