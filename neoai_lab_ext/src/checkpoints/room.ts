import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IThemeManager } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { API } from '../api';
import type { INeoAIEditorOpener } from '../editor';
import type { IProjects } from '../projects';
import { HistoryActions } from './actions';
import { Comparing } from './comparing';
import { History } from './history';
import type { IHistoryRoom } from './panel';
import { HistoryView } from './view';

interface IOptions {
  app: JupyterFrontEnd;
  api: API;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  projects: IProjects;
  rendermime: IRenderMimeRegistry | null;
  themes: IThemeManager | null;
  trans: TranslationBundle;
}

/** All of the history that need not be there before somebody looks at it. */
export function historyRoom(options: IOptions): IHistoryRoom {
  const { app, documents, trans } = options;
  const comparing = new Comparing(options);
  const openDocuments = () =>
    Array.from(app.shell.widgets('main'))
      .map(widget => documents.contextForWidget(widget))
      .filter(context => context !== undefined);
  const history = new History({ ...options, comparing, openDocuments });
  const actions = new HistoryActions({ comparing, history, trans });
  const view = new HistoryView({ actions, history, trans });
  return { actions, comparing, history, view };
}
