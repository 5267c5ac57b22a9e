import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { TranslationBundle } from '@jupyterlab/translation';
import { editIcon, launchIcon } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';

import {
  FACTORY,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from '../editor';
import { CommandIDs } from './tokens';

interface IOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
  palette: ICommandPalette | null;
  menu: IMainMenu | null;
}

/**
 * The viewer that follows the text of `path`: one that is for its kind of file, reads text, and
 * does not edit. Null where there is none.
 */
export function previewerOf(
  registry: DocumentRegistry,
  path: string
): string | null {
  const found = registry
    .preferredWidgetFactories(path)
    .find(
      ({ modelName, readOnly }) => readOnly && (modelName ?? 'text') === 'text'
    );
  return found?.name ?? null;
}

/** The commands that show a text's preview, and a preview's text. */
export function addCommands(options: IOptions): void {
  const { app, documents, opener, trans, palette, menu } = options;
  const { commands, docRegistry: registry, shell } = app;
  let beside: Widget | null = null;
  const current = (): NeoAIEditorWidget | null => {
    const editor = opener.tracker.currentWidget;
    return editor && editor === shell.currentWidget ? editor : null;
  };
  const isEnabled = () => {
    const path = current()?.context.path;
    return !!path && previewerOf(registry, path) !== null;
  };
  const show = (toSide: boolean) => {
    const editor = current();
    const path = editor?.context.path;
    const factory = path ? previewerOf(registry, path) : null;
    if (!editor || !path || !factory) {
      return null;
    }
    const shown = documents.findWidget(path, factory);
    if (shown) {
      shell.activateById(shown.id);
      return shown;
    }
    const isBeside = toSide && beside?.isAttached && beside !== editor;
    const preview = documents.open(path, factory, undefined, {
      ref: isBeside ? beside!.id : editor.id,
      mode: toSide && !isBeside ? 'split-right' : 'tab-after',
      activate: !toSide
    });
    if (preview && toSide) {
      beside = preview;
      shell.activateById(preview.id);
      shell.activateById(editor.id);
    }
    return preview ?? null;
  };
  commands.addCommand(CommandIDs.openToSide, {
    label: trans.__('Open Preview to the Side'),
    icon: launchIcon,
    isEnabled,
    execute: () => show(true)
  });
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Open Preview'),
    isEnabled,
    execute: () => show(false)
  });
  const previewed = (): IDocumentWidget | null => {
    const widget = shell.currentWidget as IDocumentWidget | null;
    const path = widget && documents.contextForWidget(widget)?.path;
    return path &&
      documents.findWidget(path, previewerOf(registry, path) ?? '') === widget
      ? widget
      : null;
  };
  commands.addCommand(CommandIDs.openSource, {
    label: trans.__('Open the Text of the Preview'),
    icon: editIcon,
    isEnabled: () => previewed() !== null,
    execute: () => {
      const preview = previewed();
      return preview
        ? documents.openOrReveal(preview.context.path, FACTORY, undefined, {
            ref: preview.id,
            mode: 'split-left'
          })
        : null;
    }
  });
  const ids = [CommandIDs.open, CommandIDs.openToSide, CommandIDs.openSource];
  const category = trans.__('NeoAI Editor');
  ids.forEach(command => palette?.addItem({ command, category }));
  menu?.viewMenu.addGroup(
    ids.map(command => ({ command })),
    25
  );
}
