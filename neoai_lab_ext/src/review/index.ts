import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import {
  IDocumentManager,
  IDocumentWidgetOpener
} from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { INeoAIEditorOpener } from '../editor';
import { addCommands } from './commands';
import { Reviewer } from './reviewer';
import { Texts } from './texts';
import { INeoAIReviewer } from './tokens';

export * from './tokens';

/** Proposed changes in place, decided on hunk by hunk. */
const reviewer: JupyterFrontEndPlugin<INeoAIReviewer> = {
  id: '@neoai/lab:review',
  description: 'Shows proposed changes in their files and cells, by hunk.',
  autoStart: true,
  provides: INeoAIReviewer,
  requires: [IDocumentManager, INeoAIEditorOpener],
  optional: [
    IDocumentWidgetOpener,
    IEditorLanguageRegistry,
    ITranslator,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    opener: INeoAIEditorOpener,
    tabs: IDocumentWidgetOpener | null,
    languages: IEditorLanguageRegistry | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): INeoAIReviewer => {
    const trans = (translator ?? nullTranslator).load('neoai');
    const texts = new Texts({ app, documents, opener, languages, trans });
    const confirm = async (path: string) => {
      const { button } = await showDialog({
        title: trans.__('Replace the open proposal?'),
        body: trans.__(
          'There are proposed changes of %1 that you have not decided on.',
          path
        ),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Keep Them') }),
          Dialog.warnButton({ label: trans.__('Replace') })
        ]
      });
      return button.accept;
    };
    const found = new Reviewer(texts, confirm, trans);
    tabs?.opened.connect((_, widget) => void found.attach(widget));
    addCommands(app, found, palette, trans);
    return found;
  }
};

export const reviewPlugins = [reviewer] as JupyterFrontEndPlugin<unknown>[];
