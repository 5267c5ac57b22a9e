import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { INeoAIEditorOpener } from '../editor';
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
    ISettingRegistry,
    IStatusBar,
    ITranslator,
    ICommandPalette
  ],
  activate: async (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    projects: IProjects | null,
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
    const begin = async () => {
      if (!feature) {
        const made = await import('./feature');
        feature ??= new made.Feature({
          app,
          opener,
          projects,
          offers,
          settings,
          trans
        });
      }
    };
    const { tracker } = opener;
    const onAdded = (_: unknown, widget: { content: { ready: unknown } }) => {
      tracker.widgetAdded.disconnect(onAdded);
      void Promise.resolve(widget.content.ready).then(begin);
    };
    if (tracker.size > 0) {
      void Promise.resolve(tracker.currentWidget?.content.ready).then(begin);
    } else {
      tracker.widgetAdded.connect(onAdded);
    }
  }
};

export const nextEditPlugins = [nextEdit] as JupyterFrontEndPlugin<unknown>[];
