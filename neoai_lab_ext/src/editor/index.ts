import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  type MainAreaWidget,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStatusBar } from '@jupyterlab/statusbar';
import {
  ITableOfContentsRegistry,
  type TableOfContents
} from '@jupyterlab/toc';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { Breadcrumbs } from './breadcrumbs';
import { Companions } from './companions';
import { addChoices } from './choices';
import { addCommands, placeCommands } from './commands';
import { DefaultEditor, JUPYTERLAB_EDITOR } from './defaulteditor';
import { addFileTextCommands, followFileTexts } from './filetext';
import { addFormatting } from './formatting';
import { moveNewFiles } from './newfiles';
import { EditorOpener } from './opener';
import { OutlineFactory } from './outlinemodel';
import { DEFAULTS, type IEditorSettings, readSettings } from './settings';
import { addSplitting } from './splitting';
import { addStatusItems } from './statusbar';
import { addSwitches } from './switches';
import {
  CommandIDs,
  FACTORY,
  INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';
import { type IEditorServices, MonacoEditorFactory } from './widget';

export * from './tokens';

const PLUGIN_ID = '@neoai/lab:editor';

/** Monaco as an editor of text files, by default the one that opens them. */
const editor: JupyterFrontEndPlugin<INeoAIEditorOpener> = {
  id: PLUGIN_ID,
  description:
    'The Monaco editor for text files, shared with everybody who has them open.',
  autoStart: true,
  provides: INeoAIEditorOpener,
  requires: [IDocumentManager],
  optional: [
    ISettingRegistry,
    ITranslator,
    ICollaborativeContentProvider,
    IThemeManager,
    ILayoutRestorer,
    ICommandPalette,
    IMainMenu
  ],
  activate: async (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    registry: ISettingRegistry | null,
    translator: ITranslator | null,
    collaboration: ICollaborativeContentProvider | null,
    themes: IThemeManager | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null
  ): Promise<INeoAIEditorOpener> => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const settingsOwner = {};
    const settingsChanged = new Signal<object, IEditorSettings>(settingsOwner);
    const companions = new Companions();
    const services: IEditorServices = {
      companions,
      registry: app.docRegistry,
      themes,
      trans,
      settings: DEFAULTS,
      settingsChanged,
      save: () => app.commands.execute('docmanager:save'),
      format: () => void app.commands.execute(CommandIDs.format),
      openElsewhere: path => {
        void app.commands.execute('docmanager:open', {
          path,
          factory: JUPYTERLAB_EDITOR
        });
      }
    };
    const factory = new MonacoEditorFactory(
      {
        name: FACTORY,
        label: trans.__('NeoAI Editor'),
        fileTypes: ['markdown', '*'],
        modelName: 'text',
        // Without it the document would be this user's own, and not the one that others edit.
        ...(collaboration ? { contentProviderId: 'rtc' } : {}),
        translator: translator ?? nullTranslator
      },
      services
    );
    app.docRegistry.addWidgetFactory(factory);

    const tracker = new WidgetTracker<NeoAIEditorWidget>({
      namespace: 'neoai-editor'
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

    const defaultEditor = new DefaultEditor(app.docRegistry, FACTORY);
    const opener = new EditorOpener(tracker, companions, documents, trans);
    const settings = await load(registry, PLUGIN_ID);
    const update = () => {
      services.settings = settings ? readSettings(settings) : DEFAULTS;
      defaultEditor.isEnabled = services.settings.defaultEditor;
      settingsChanged.emit(services.settings);
    };
    update();
    settings?.changed.connect(update);
    void load(registry, '@jupyterlab/docmanager-extension:plugin').then(
      viewers => viewers && defaultEditor.followViewers(viewers)
    );

    tracker.widgetAdded.connect((_, widget) => {
      const crumbs = new Breadcrumbs(
        widget,
        documents.services.contents,
        path => void app.commands.execute('docmanager:open', { path }),
        trans
      );
      const show = () => crumbs.setHidden(!services.settings.breadcrumbs);
      show();
      settingsChanged.connect(show);
      crumbs.disposed.connect(() => settingsChanged.disconnect(show));
      (widget as unknown as MainAreaWidget).contentHeader.addWidget(crumbs);
    });
    moveNewFiles(app, documents, defaultEditor);
    const options = { app, opener, trans };
    addCommands(options);
    addChoices(app, opener, trans, palette);
    placeCommands(options, palette, menu);
    const fileTexts = {
      app,
      opener,
      trans,
      isCollaborative: collaboration !== null
    };
    addFormatting({
      app,
      opener,
      trans,
      settings: () => services.settings,
      palette,
      menu
    });
    followFileTexts(fileTexts);
    addFileTextCommands(fileTexts);
    addSplitting({ app, documents, opener, trans, palette, menu });
    if (settings) {
      addSwitches(app, settings, trans, palette, menu);
    }
    return opener;
  }
};

/** Where the cursor is, the indentation, the language and the like, in the status bar. */
const cursorStatus: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:cursor-status',
  description:
    'Cursor, indentation and language of the NeoAI editor in the status bar.',
  autoStart: true,
  requires: [INeoAIEditorOpener, IStatusBar],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    statusBar: IStatusBar,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    addStatusItems(app, opener, statusBar, trans);
  }
};

/** The symbols of the file in front, in JupyterLab's table of contents. */
const outline: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:outline',
  description: 'The outline of files in the NeoAI editor.',
  autoStart: true,
  requires: [INeoAIEditorOpener, ITableOfContentsRegistry],
  activate: (
    _: JupyterFrontEnd,
    { tracker }: INeoAIEditorOpener,
    registry: ITableOfContentsRegistry
  ): void => {
    registry.add(
      new OutlineFactory(tracker) as unknown as TableOfContents.IFactory
    );
  }
};

/** Settings of `plugin`, or null (and the defaults) where they cannot be read. */
async function load(
  registry: ISettingRegistry | null,
  plugin: string
): Promise<ISettingRegistry.ISettings | null> {
  try {
    return registry ? await registry.load(plugin) : null;
  } catch (error) {
    console.warn(
      `The settings of ${plugin} cannot be read; the defaults hold.`,
      error
    );
    return null;
  }
}

export const editorPlugins = [
  editor,
  cursorStatus,
  outline
] as JupyterFrontEndPlugin<unknown>[];
