import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { IMainMenu } from '@jupyterlab/mainmenu';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import { INeoAIEditorOpener } from '../editor';
import { addButton } from './button';
import { addCommands } from './commands';
import type { IMarkdownViewer } from './scrolling';
import { CommandIDs, PLUGIN_ID } from './tokens';

/** JupyterLab's viewers of text, by the names of their factories. */
const MARKDOWN = 'Markdown Preview';
const TABLES = ['CSVTable', 'TSVTable'];

/** What a text looks like, beside it, in JupyterLab's own viewers. */
const previews: JupyterFrontEndPlugin<void> = {
  id: PLUGIN_ID,
  description: 'Shows Markdown, tables, images and more beside their text.',
  autoStart: true,
  requires: [INeoAIEditorOpener, IDocumentManager],
  optional: [
    ITranslator,
    ICollaborativeContentProvider,
    ICommandPalette,
    IMainMenu
  ],
  activate: (
    app: JupyterFrontEnd,
    opener: INeoAIEditorOpener,
    documents: IDocumentManager,
    translator: ITranslator | null,
    collaboration: ICollaborativeContentProvider | null,
    palette: ICommandPalette | null,
    menu: IMainMenu | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('neoai');
    addCommands({ app, documents, opener, trans, palette, menu });
    opener.tracker.widgetAdded.connect((_, editor) => {
      addButton(app, editor, trans);
      void editor.content.ready.then(view =>
        view.addChord(
          'neoai.preview',
          trans.__('Open Preview to the Side'),
          'KeyV',
          () => void app.commands.execute(CommandIDs.openToSide)
        )
      );
    });
    const attach = (factory: DocumentRegistry.WidgetFactory) => {
      if (collaboration && (factory.modelName ?? 'text') === 'text') {
        share(factory);
      }
      if (factory.name === MARKDOWN) {
        factory.widgetCreated.connect((_, widget) => {
          const viewer = widget as IDocumentWidget<
            IMarkdownViewer,
            DocumentRegistry.IModel
          >;
          void import('./scrolling').then(
            ({ ScrollSync }) =>
              viewer.isDisposed || new ScrollSync(viewer, opener)
          );
        });
      } else if (TABLES.includes(factory.name)) {
        factory.widgetCreated.connect((_, widget) => {
          const viewer = widget.content as Widget & { revealed: Promise<void> };
          void viewer.revealed.then(async () => {
            const { keepPlace } = await import('./tables');
            keepPlace(viewer);
          });
        });
      }
    };
    for (const factory of app.docRegistry.widgetFactories()) {
      attach(factory);
    }
    app.docRegistry.changed.connect((_, { type, name, change }) => {
      const factory = name && app.docRegistry.getWidgetFactory(name);
      if (type === 'widgetFactory' && change === 'added' && factory) {
        attach(factory);
      }
    });
  }
};

/**
 * Let a viewer of text use the document that all edit. Whoever opens a file first decides what its
 * editors get, and a viewer would give them a document of this user's own.
 */
function share(factory: DocumentRegistry.WidgetFactory): void {
  const shared = factory as { contentProviderId?: string };
  if (!shared.contentProviderId) {
    shared.contentProviderId = 'rtc';
  }
}

export const previewsPlugins = [previews] as JupyterFrontEndPlugin<unknown>[];
