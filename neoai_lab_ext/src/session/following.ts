import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Announced } from './announced';
import { Dismissed } from './dismissed';
import { Ending } from './ending';
import type { SessionModel } from './model';
import { Presence } from './presence';
import { SessionStatus } from './status';
import { CommandIDs } from './tokens';
import { Warnings } from './warnings';

interface IFollowingOptions {
  readonly app: JupyterFrontEnd;
  readonly documents: IDocumentManager;
  readonly model: SessionModel;
  readonly trans: TranslationBundle;
  readonly statusBar: IStatusBar | null;
  readonly usagePage: string;
  readonly keep: () => void;
}

/** What only a server under a hub needs: warnings, announcements, the countdown, saving before the end. */
export function follow(options: IFollowingOptions): void {
  const { app, documents, model, trans, statusBar } = options;
  new Warnings(options);
  new Announced(model, trans, new Dismissed(() => window.localStorage));
  new Ending({ model, trans, contexts: () => opened(app, documents) });
  const item = new SessionStatus(
    model,
    trans,
    () => void app.commands.execute(CommandIDs.show)
  );
  statusBar?.registerStatusItem('neoai-session', {
    item,
    align: 'right',
    rank: 0,
    priority: 10,
    isActive: () => item.isActive,
    activeStateChanged: model.changed
  });
  new Presence(model).watch(window);
}

/** The documents that are open in this page. */
function opened(
  app: JupyterFrontEnd,
  documents: IDocumentManager
): Set<DocumentRegistry.Context> {
  const found = new Set<DocumentRegistry.Context>();
  for (const area of ['main', 'left', 'right', 'down']) {
    for (const widget of app.shell.widgets(area)) {
      const context = documents.contextForWidget(widget);
      if (context) {
        found.add(context);
      }
    }
  }
  return found;
}
