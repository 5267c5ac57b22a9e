import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';

import type { DefaultEditor } from './defaulteditor';
import { FACTORY } from './tokens';

/** JupyterLab's commands that make a text file and show it in its own editor by name. */
const MAKERS = ['fileeditor:create-new', 'fileeditor:create-new-markdown-file'];

/**
 * Show files that JupyterLab's launcher and menus make in our editor while it is the default:
 * those commands name JupyterLab's editor, so the empty file moves over once it is there.
 */
export function moveNewFiles(
  app: JupyterFrontEnd,
  documents: IDocumentManager,
  defaultEditor: DefaultEditor
): void {
  app.commands.commandExecuted.connect((_, { id, result }) => {
    if (!MAKERS.includes(id) || !defaultEditor.isEnabled) {
      return;
    }
    void result.then(made => {
      const widget = made as IDocumentWidget | undefined;
      const path = widget?.context?.path;
      if (!widget || !path || defaultEditor.nameFor(path) !== FACTORY) {
        return;
      }
      widget.dispose();
      const ours = documents.open(path, FACTORY);
      if (ours) {
        ours.isUntitled = true;
      }
    });
  });
}
