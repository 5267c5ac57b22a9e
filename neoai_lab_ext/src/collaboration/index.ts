import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { Conflicts } from './conflicts';

export { Banner } from './banner';

/** Lets people choose where their unsaved edits and the file on disk collide. */
const conflicts: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:conflicts',
  description: 'Shows where unsaved edits and the file on disk collide.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): void => {
    const shown = new Conflicts({
      api: new API(app.serviceManager.serverSettings),
      contents: app.serviceManager.contents,
      trans: (translator ?? nullTranslator).load('neoai')
    });
    const registry = app.docRegistry;
    for (const factory of registry.widgetFactories()) {
      registry.addWidgetExtension(factory.name, shown);
    }
    registry.changed.connect((_, { type, name, change }) => {
      if (type === 'widgetFactory' && change === 'added' && name) {
        registry.addWidgetExtension(name, shown);
      }
    });
  }
};

export const collaborationPlugins = [
  conflicts
] as JupyterFrontEndPlugin<unknown>[];
