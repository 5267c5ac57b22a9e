import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { Conflicts } from './conflicts';
import { FollowedFile } from './following';
import { UnsavedNotice } from './unsaved';
import { FileWatch } from './watch';

export { Banner, type IBannerAction } from './banner';

/** Keeps documents and their files in step; lets people choose where they collide. */
const conflicts: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:conflicts',
  description:
    'Merges changes on disk into open documents; shows where unsaved edits and the file collide, and why one is not saved.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): void => {
    const options = {
      api: new API(app.serviceManager.serverSettings),
      contents: app.serviceManager.contents,
      trans: (translator ?? nullTranslator).load('neoai')
    };
    const watch = new FileWatch(context => new FollowedFile(context, options));
    app.shell.currentChanged?.connect(() => void watch.look());
    const shown = [
      new Conflicts({ ...options, watch }),
      new UnsavedNotice(options)
    ];
    const registry = app.docRegistry;
    const showIn = (factory: string) =>
      shown.forEach(each => registry.addWidgetExtension(factory, each));
    for (const factory of registry.widgetFactories()) {
      showIn(factory.name);
    }
    registry.changed.connect((_, { type, name, change }) => {
      if (type === 'widgetFactory' && change === 'added' && name) {
        showIn(name);
      }
    });
  }
};

export const collaborationPlugins = [
  conflicts
] as JupyterFrontEndPlugin<unknown>[];
