import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { CommandIDs, INeoAIEditorOpener } from '../editor';
import {
  CommandIDs as ProviderCommandIDs,
  PAGE_FRAGMENT
} from '../providers/tokens';
import { citationOf } from './links';
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

export const chatPlugins = [citations] as JupyterFrontEndPlugin<unknown>[];
