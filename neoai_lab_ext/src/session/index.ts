import {
  JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IStatusBar } from '@jupyterlab/statusbar';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { API } from '../api';
import { Roles } from '../sharing/roles';
import { SessionModel } from './model';
import { inWords } from './texts';
import { CommandIDs } from './tokens';

/** The event with which the server says that something has changed. */
const EVENT = 'https://events.neoai.dev/session/v1';

/** Under a hub: warns before the server is stopped, keeps it while people work, saves before. */
const session: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:session',
  description:
    'Warns before a hub stops the server, and saves everything before.',
  autoStart: true,
  requires: [IDocumentManager, JupyterFrontEnd.IPaths],
  optional: [ITranslator, ICommandPalette, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    paths: JupyterFrontEnd.IPaths,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    statusBar: IStatusBar | null
  ): void => {
    if (Roles.ofPage()) {
      return; // it is the owner's server that ends; what others edit, its rooms save
    }
    const trans = (translator ?? nullTranslator).load('neoai');
    const model = new SessionModel(new API(app.serviceManager.serverSettings));
    const keep = () => void kept(model, trans);
    addCommands(app, model, trans, keep);
    palette?.addItem({ command: CommandIDs.show, category: trans.__('NeoAI') });
    palette?.addItem({ command: CommandIDs.keep, category: trans.__('NeoAI') });
    let following: Promise<void> | null = null;
    model.changed.connect(() => {
      if (model.isUnderHub) {
        // A page that cannot fetch it now tries again when the server tells something next.
        following ??= import('./following')
          .then(({ follow }) => {
            const urls = { usagePage: usagePage(paths) };
            follow({ app, documents, model, trans, statusBar, keep, ...urls });
            void model.refresh(); // those who listen now hear what is known already
          })
          .catch((error: unknown) => {
            following = null;
            console.warn('The end of the server cannot be followed:', error);
          });
      }
    });
    app.serviceManager.events.stream.connect((_, { schema_id }) => {
      if (schema_id === EVENT) {
        void model.refresh();
      }
    });
    void app.restored.then(() => model.refresh());
  }
};

function addCommands(
  app: JupyterFrontEnd,
  model: SessionModel,
  trans: TranslationBundle,
  keep: () => void
): void {
  const args = { type: 'object' as const, properties: {} };
  app.commands.addCommand(CommandIDs.keep, {
    label: trans.__('Keep Working'),
    caption: trans.__('Keeps the server from being stopped for being idle'),
    describedBy: { args },
    isEnabled: () => model.notices.some(notice => notice.can_keep),
    execute: keep
  });
  app.commands.addCommand(CommandIDs.show, {
    label: trans.__('Show When the Server Stops'),
    describedBy: { args },
    isEnabled: () => model.isUnderHub,
    execute: async () => {
      const canKeep = model.notices.some(notice => notice.can_keep);
      const buttons = [Dialog.cancelButton({ label: trans.__('Close') })];
      if (canKeep) {
        buttons.push(Dialog.okButton({ label: trans.__('Keep Working') }));
      }
      const result = await showDialog({
        title: trans.__('When the server stops'),
        body: told(model, trans),
        buttons
      });
      if (result.button.accept) {
        keep();
      }
    }
  });
  model.changed.connect(() => {
    app.commands.notifyCommandChanged(CommandIDs.keep);
    app.commands.notifyCommandChanged(CommandIDs.show);
  });
}

function told(model: SessionModel, trans: TranslationBundle): string {
  return (
    model.notices
      .map(
        ({ endsAt, message }) =>
          `${inWords(endsAt - Date.now(), trans)} ${message}`
      )
      .join('\n') || trans.__('Nothing is going to stop it soon.')
  );
}

async function kept(
  model: SessionModel,
  trans: TranslationBundle
): Promise<void> {
  try {
    await model.keep();
    Notification.success(trans.__('The server is kept.'), { autoClose: 4000 });
  } catch {
    Notification.error(
      trans.__('The server does not answer; it may still be stopped.')
    );
  }
}

/** Where the hub shows people what they have used. */
function usagePage({ urls }: JupyterFrontEnd.IPaths): string {
  const { hubHost = '', hubPrefix } = urls;
  return hubPrefix
    ? hubHost + URLExt.join(hubPrefix, '..', 'services', 'neoai', '/')
    : '';
}

export const sessionPlugins = [session] as JupyterFrontEndPlugin<unknown>[];
