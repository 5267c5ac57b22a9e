import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileDialog } from '@jupyterlab/filebrowser';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { IProjects } from '../projects';
import { CommandIDs as ProviderCommandIDs } from '../providers/tokens';
import { INeoAIReviewer } from '../review';
import { Texts } from '../review/texts';
import { Instructions } from './history';
import { runChord, takeKeys } from './keys';
import type { ISessionOptions, Session } from './session';
import { CommandIDs } from './tokens';

export { CommandIDs } from './tokens';

/** Ctrl+K: an instruction on what is selected becomes changes to decide on. */
const inPlace: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:edit-in-place',
  description: 'Lets a model change or write code where one is.',
  autoStart: true,
  requires: [IDocumentManager, INeoAIEditorOpener, IProjects, INeoAIReviewer],
  optional: [IStateDB, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    opener: INeoAIEditorOpener,
    projects: IProjects,
    reviewer: INeoAIReviewer,
    state: IStateDB | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const texts = new Texts({ app, documents, opener, languages: null, trans });
    const chooseFiles = async () => {
      const { value } = await FileDialog.getOpenFiles({
        manager: documents,
        title: trans.__('Change These Files Too'),
        translator: translator ?? undefined
      });
      return (value ?? [])
        .filter(({ type }) => type === 'file')
        .map(({ path }) => documents.services.contents.localPath(path));
    };
    const options: ISessionOptions = {
      api: new API(app.serviceManager.serverSettings),
      projects,
      reviewer,
      instructions: new Instructions(state),
      trans,
      chooseFiles,
      openText: path => texts.all({ path }).at(0)?.shared.getSource(),
      contents: documents.services.contents,
      showProviders: () => void app.commands.execute(ProviderCommandIDs.show)
    };
    let session: Session | null = null;
    const begin = async (
      widget: IDocumentWidget | null,
      files: readonly string[] = []
    ) => {
      const [{ Session }, { aimOf }] = await Promise.all([
        import('./session'),
        import('./targets')
      ]);
      const aim = widget ? await aimOf(widget) : null;
      session?.dispose();
      session = null;
      if (!widget || !aim) {
        Notification.warning(
          trans.__('There is no text here that could be changed.')
        );
        return;
      }
      const begun = new Session(
        files.length > 0 ? { ...aim, targets: [], isNew: false } : aim,
        options,
        event => {
          const { view } = aim;
          const isOne = view !== null && runChord(view, event);
          if (isOne) {
            begun.dispose();
          }
          return isOne;
        },
        files
      );
      session = begun;
      widget.disposed.connect(() => begun.dispose());
    };
    app.commands.addCommand(CommandIDs.edit, {
      label: trans.__('Edit in Place…'),
      caption: trans.__('Let a model change what is selected, or write here'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => texts.current !== null,
      execute: () => begin(texts.current)
    });
    app.commands.addCommand(CommandIDs.editFiles, {
      label: trans.__('Edit Files with NeoAI…'),
      caption: trans.__('Let a model change several files'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            paths: {
              type: 'array',
              items: { type: 'string' },
              description: trans.__('The files; asks without them')
            }
          }
        }
      },
      execute: async args => {
        const given = args.paths as string[] | undefined;
        const paths = given ?? (await chooseFiles());
        if (paths.length > 0) {
          const text = await texts.open({ path: paths[0] });
          await text.activate();
          await begin(text.widget, paths);
        }
      }
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('NeoAI') });
    }
    opener.tracker.widgetAdded.connect((_, widget) => takeKeys(app, widget));
  }
};

export const inPlacePlugins = [inPlace] as JupyterFrontEndPlugin<unknown>[];
