import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IThemeManager, WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { ContentsManager } from '@jupyterlab/services';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { DEFAULTS, readSettings } from '../editor/settings';
import { Gate } from './gate';
import type { ILimits } from './judging';
import { BytesModelFactory } from './model';
import { type FilePageDocument, FilePageFactory } from './page';
import { FactsProvider, PROVIDER } from './provider';
import { FACTORY, MODEL, PLUGIN_ID } from './tokens';

const MEGABYTE = 1_000_000;

/** Large files and those that are no text: seen before they are loaded, and never edited. */
const viewing: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description:
    'Shows large files read-only and describes those that are no text.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ISettingRegistry, ITranslator, IThemeManager, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    themes: IThemeManager | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { commands, docRegistry } = app;
    const trans = (translator ?? nullTranslator).load('neoai');
    const contents = app.serviceManager.contents as ContentsManager;
    const { defaultDrive } = contents;
    defaultDrive.contentProviderRegistry?.register(
      PROVIDER,
      new FactsProvider(defaultDrive)
    );
    let limits: ILimits = { editable: 20 * MEGABYTE, shown: 200 * MEGABYTE };
    const gate = new Gate(documents, docRegistry, () => limits);
    let editorSettings = DEFAULTS;
    void registry?.load(PLUGIN_ID).then(settings => {
      const read = () => {
        limits = {
          editable: Number(settings.composite.editableMegabytes) * MEGABYTE,
          shown: Number(settings.composite.shownMegabytes) * MEGABYTE
        };
      };
      read();
      settings.changed.connect(read);
    });
    void registry?.load('@neoai/lab:editor').then(settings => {
      const read = () => {
        editorSettings = readSettings(settings);
      };
      read();
      settings.changed.connect(read);
    });
    docRegistry.addModelFactory(new BytesModelFactory());
    const factory = new FilePageFactory(
      {
        name: FACTORY,
        label: trans.__('Read-Only View'),
        fileTypes: ['*'],
        modelName: MODEL,
        readOnly: true,
        contentProviderId: PROVIDER,
        translator: translator ?? nullTranslator
      },
      {
        gate,
        contents,
        server: app.serviceManager.serverSettings,
        themes,
        trans,
        editorSettings: () => editorSettings,
        limits: () => limits,
        viewersOf: path =>
          docRegistry
            .preferredWidgetFactories(path)
            .filter(
              ({ modelName }) => !['text', MODEL].includes(modelName ?? 'text')
            )
            .map(({ name, label }) => ({ name, label: label ?? name })),
        open: (path, name) =>
          void commands.execute('docmanager:open', {
            path,
            factory: name
          }),
        get openTerminal() {
          return commands.hasCommand('terminal:create-new')
            ? (cwd: string) =>
                void commands.execute('terminal:create-new', { cwd })
            : null;
        },
        get openSettings() {
          return commands.hasCommand('settingeditor:open')
            ? () =>
                void commands.execute('settingeditor:open', {
                  query: 'NeoAI File Views'
                })
            : null;
        }
      }
    );
    docRegistry.addWidgetFactory(factory);
    const tracker = new WidgetTracker<FilePageDocument>({
      namespace: 'neoai-file-page'
    });
    factory.widgetCreated.connect((_, widget) => {
      widget.context.pathChanged.connect(() => void tracker.save(widget));
      void tracker.add(widget);
    });
    void restorer?.restore(tracker, {
      command: 'docmanager:open',
      args: widget => ({ path: widget.context.path, factory: FACTORY }),
      name: widget => widget.context.path
    });
  }
};

export const viewingPlugins = [viewing] as JupyterFrontEndPlugin<unknown>[];
