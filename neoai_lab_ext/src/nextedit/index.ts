import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { INeoAIEditorOpener } from '../editor';
import { INeoAILanguageServers } from '../languageservers';
import { lazily } from '../lazy';
import { IProjects } from '../projects';
import { addCommands } from './commands';
import type { Feature } from './feature';
import { Offers } from './offers';
import { DEFAULTS, readSettings } from './settings';
import { NextEditStatus } from './status';
import { CommandIDs, PLUGIN_ID } from './tokens';

/** After an edit, the places that must change too, one by one. */
const nextEdit: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Offers the places that must change too after an edit.',
  autoStart: true,
  requires: [INeoAIEditorOpener],
  optional: [
    IProjects,
    INeoAILanguageServers,
    ISettingRegistry,
    IStatusBar,
    ITranslator,
    ICommandPalette
  ],
  activate: async (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    projects: IProjects | null,
    servers: INeoAILanguageServers | null,
    registry: ISettingRegistry | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): Promise<void> => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const offers = new Offers();
    statusBar?.registerStatusItem('neoai-next-edit', {
      item: new NextEditStatus(
        offers,
        trans,
        () => void app.commands.execute(CommandIDs.go)
      ),
      align: 'right',
      rank: 0.8,
      isActive: () => offers.current !== null,
      activeStateChanged: offers.changed
    });
    const stored = registry ? await registry.load(PLUGIN_ID) : null;
    const settings = () => (stored ? readSettings(stored) : DEFAULTS);
    let feature: Feature | null = null;
    stored?.changed.connect(() => {
      if (!settings().enabled) {
        feature?.dismiss();
      }
    });
    addCommands({
      app,
      offers,
      feature: () => feature,
      settings: stored,
      palette,
      trans
    });
    const load = lazily(async () => {
      const made = await import('./feature');
      return (feature = new made.Feature({
        app,
        opener,
        projects,
        servers,
        offers,
        settings,
        trans
      }));
    });
    const follow = async (widget: IDocumentWidget) => {
      // What shows the text comes first.
      await Promise.all([
        widget.context.ready,
        (widget.content as { ready?: unknown }).ready
      ]);
      await (await load()).follow(widget);
    };
    opener.tracker.forEach(widget => void follow(widget));
    opener.tracker.widgetAdded.connect((_, widget) => void follow(widget));
    for (const factory of ['Notebook', 'Editor']) {
      app.docRegistry.addWidgetExtension(factory, {
        createNew: widget => void follow(widget as IDocumentWidget)
      });
    }
  }
};

export const nextEditPlugins = [nextEdit] as JupyterFrontEndPlugin<unknown>[];
