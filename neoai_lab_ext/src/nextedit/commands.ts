import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Feature } from './feature';
import type { Offers } from './offers';
import { readSettings } from './settings';
import { CommandIDs } from './tokens';

interface IOptions {
  app: JupyterFrontEnd;
  offers: Offers;
  feature: () => Feature | null;
  settings: ISettingRegistry.ISettings | null;
  palette: ICommandPalette | null;
  trans: TranslationBundle;
}

/** Commands for the places that are offered, and to turn them on and off. */
export function addCommands(options: IOptions): void {
  const { app, offers, feature, settings, palette, trans } = options;
  const { commands } = app;
  const isEnabled = () => offers.current !== null;
  commands.addCommand(CommandIDs.go, {
    label: trans.__('Go to or Accept the Next Edit'),
    isEnabled,
    execute: () => feature()?.go()
  });
  commands.addCommand(CommandIDs.skip, {
    label: trans.__('Skip the Next Edit'),
    isEnabled,
    execute: () => feature()?.skip()
  });
  commands.addCommand(CommandIDs.dismiss, {
    label: trans.__('Dismiss the Next Edits'),
    isEnabled,
    execute: () => feature()?.dismiss()
  });
  commands.addCommand(CommandIDs.toggle, {
    label: trans.__('Offer Next Edits'),
    isEnabled: () => settings !== null,
    isToggled: () => settings === null || readSettings(settings).enabled,
    execute: async () => {
      if (settings) {
        await settings.set('enabled', !readSettings(settings).enabled);
      }
    }
  });
  const ids = Object.values(CommandIDs);
  const notify = () => ids.forEach(id => commands.notifyCommandChanged(id));
  offers.changed.connect(notify);
  settings?.changed.connect(notify);
  const category = trans.__('NeoAI');
  for (const command of ids) {
    palette?.addItem({ command, category });
  }
}
