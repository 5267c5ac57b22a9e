import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { INeoAIEditorOpener } from '../editor';
import { DEFAULTS, readSettings } from '../editor/settings';
import { IProjects } from '../projects';
import { addCommands } from './commands';
import type { Feature } from './feature';
import { addServerStatus } from './status';
import { INeoAILanguageServers } from './tokens';

export * from './tokens';

const EDITOR = '@neoai/lab:editor';

/** Language servers in NeoAI's editor, and the list of problems. */
const languageServers: JupyterFrontEndPlugin<INeoAILanguageServers> = {
  id: '@neoai/lab:language-servers',
  description:
    'Diagnostics, completion, definitions and the like from language servers.',
  autoStart: true,
  provides: INeoAILanguageServers,
  requires: [INeoAIEditorOpener, IDocumentManager],
  optional: [
    IProjects,
    ISettingRegistry,
    IStatusBar,
    ITranslator,
    ICommandPalette
  ],
  activate: async (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    documents: IDocumentManager,
    projects: IProjects | null,
    registry: ISettingRegistry | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): Promise<INeoAILanguageServers> => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const stored = registry ? await registry.load(EDITOR) : null;
    const settings = () => (stored ? readSettings(stored) : DEFAULTS);
    const options = { app, opener, documents, projects, trans, settings };
    let loading: Promise<Feature> | null = null;
    const load = () =>
      (loading ??= import('./feature').then(
        ({ Feature }) => new Feature(options)
      ));
    addCommands({ ...options, palette, stored, load });
    const status = statusBar
      ? addServerStatus({ ...options, statusBar })
      : null;
    const begin = async () => {
      // Monaco is there by then: its editor comes first.
      await opener.tracker.currentWidget?.content.ready;
      const isFirst = loading === null;
      const feature = await load();
      if (isFirst) {
        status?.show(feature);
        stored?.changed.connect(() => feature.servers.update());
      }
    };
    if (opener.tracker.size > 0) {
      void begin();
    }
    const onAdded = (_: unknown, widget: { content: { ready: unknown } }) => {
      opener.tracker.widgetAdded.disconnect(onAdded);
      void Promise.resolve(widget.content.ready).then(begin);
    };
    opener.tracker.widgetAdded.connect(onAdded);
    return {
      referencesBefore: async (...asked) =>
        (await loading)?.names.referencesBefore(...asked) ?? null,
      definitions: async (...asked) =>
        (await loading)?.names.definitions(...asked) ?? null
    };
  }
};

export const languageServerPlugins = [
  languageServers
] as JupyterFrontEndPlugin<unknown>[];
