import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { API } from '../api';
import { activatePanel } from '../focus';
import { Roles } from '../sharing/roles';
import { providersIcon } from './icon';
import type { ProvidersPage } from './page';
import { CommandIDs, IProviderChanges } from './tokens';

const ID = 'neoai-providers';

/** The providers of models and their keys: a page in the main area. */
const providers: JupyterFrontEndPlugin<IProviderChanges> = {
  id: '@neoai/lab:providers',
  description: 'A page to add, test and remove model providers and keys.',
  autoStart: true,
  provides: IProviderChanges,
  optional: [ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): IProviderChanges => {
    const changed = new Signal<object, void>({});
    const { commands, shell, serviceManager } = app;
    const trans = (translator ?? nullTranslator).load('neoai');
    const tracker = new WidgetTracker<MainAreaWidget<ProvidersPage>>({
      namespace: ID
    });
    let opening: Promise<ProvidersPage> | null = null;
    const open = async (): Promise<ProvidersPage> => {
      const [{ ProvidersModel }, { ProvidersPage }] = await Promise.all([
        import('./model'),
        import('./page')
      ]);
      const model = new ProvidersModel(
        new API(serviceManager.serverSettings),
        trans
      );
      const content = new ProvidersPage(model);
      const widget = new MainAreaWidget({ content });
      widget.id = ID;
      widget.title.label = trans.__('AI Providers');
      widget.title.icon = providersIcon;
      widget.title.closable = true;
      widget.disposed.connect(() => model.dispose());
      model.loaded.connect(() => changed.emit());
      shell.add(widget, 'main', { type: 'AI Providers' });
      void tracker.add(widget);
      return content;
    };
    commands.addCommand(CommandIDs.show, {
      label: trans.__('AI Providers…'),
      caption: trans.__('Add, test and remove model providers and their keys'),
      icon: args => (args.isPalette ? undefined : providersIcon),
      describedBy: { args: { type: 'object', properties: {} } },
      // Keys are the server owner's.
      isEnabled: () => Roles.ofPage() === null,
      execute: async () => {
        let page = tracker.currentWidget?.content;
        if (!page) {
          opening ??= open().finally(() => {
            opening = null;
          });
          page = await opening;
        }
        page.refresh();
        await activatePanel(shell, ID);
      }
    });
    palette?.addItem({
      command: CommandIDs.show,
      category: trans.__('NeoAI'),
      args: { isPalette: true }
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.show,
      name: () => ID
    });
    return { changed };
  }
};

export const providersPlugins = [providers] as JupyterFrontEndPlugin<unknown>[];
