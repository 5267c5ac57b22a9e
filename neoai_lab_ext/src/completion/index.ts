import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import {
  ICompletionProviderManager,
  IInlineCompleterFactory
} from '@jupyterlab/completer';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { INeoAIEditorOpener } from '../editor';
import { IProjects } from '../projects';
import {
  CommandIDs as ProviderCommands,
  IProviderChanges
} from '../providers/tokens';
import { providersIcon } from '../providers/icon';
import { askServer } from './asking';
import { addCommands } from './commands';
import { Completers } from './completers';
import { CompletionEngine } from './engine';
import { followModels } from './models';
import { LabCompletionProvider } from './notebook';
import { DEFAULTS, readSettings } from './settings';
import { CompletionStatus } from './status';
import { CompletionStatusItem } from './statusitem';
import { CommandIDs, PLUGIN_ID } from './tokens';

/** What a model suggests at the cursor, in notebooks and in both editors. */
const completion: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Completion by a model as one types.',
  autoStart: true,
  requires: [INeoAIEditorOpener],
  optional: [
    ICompletionProviderManager,
    IInlineCompleterFactory,
    IProjects,
    ISettingRegistry,
    IStatusBar,
    ITranslator,
    ICommandPalette,
    IProviderChanges
  ],
  activate: async (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    manager: ICompletionProviderManager | null,
    factory: IInlineCompleterFactory | null,
    projects: IProjects | null,
    registry: ISettingRegistry | null,
    statusBar: IStatusBar | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    providers: IProviderChanges | null
  ): Promise<void> => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const { contents, serverSettings } = app.serviceManager;
    const api = new API(serverSettings);
    const status = new CompletionStatus();
    const completers = new Completers(factory);
    let settings = DEFAULTS;
    const engine = new CompletionEngine({
      ask: askServer(api, projects),
      status,
      settings: () => settings
    });
    const localPath = (path: string) => contents.localPath(path);
    manager?.registerInlineProvider(
      new LabCompletionProvider(engine, localPath, providersIcon)
    );
    opener.fetchWithMonaco(async () => {
      const { provideInMonaco } = await import('./monaco');
      provideInMonaco(engine, opener.tracker, localPath);
    });
    const models = followModels(api, status);
    void app.restored.then(() => models.start());
    providers?.changed.connect(() => void models.refresh());
    const item = new CompletionStatusItem(status, trans, () => {
      const isMissing = status.state === 'no-model';
      void app.commands.execute(
        isMissing ? ProviderCommands.show : CommandIDs.toggle
      );
      void models.refresh();
    });
    statusBar?.registerStatusItem('neoai-completion', {
      item,
      align: 'right',
      rank: 0.9,
      // In narrow windows, too: it says why nothing comes, and pauses what costs something.
      priority: 1,
      isActive: () => status.state !== 'unknown',
      activeStateChanged: status.changed
    });
    const stored = registry ? await registry.load(PLUGIN_ID) : null;
    const read = () => {
      settings = stored ? readSettings(stored) : DEFAULTS;
      status.isEnabled = settings.enabled;
      engine.reset();
    };
    read();
    stored?.changed.connect(read);
    addCommands({
      app,
      opener,
      manager,
      completers,
      status,
      settings: stored,
      palette,
      trans
    });
  }
};

export const completionPlugins = [
  completion
] as JupyterFrontEndPlugin<unknown>[];
