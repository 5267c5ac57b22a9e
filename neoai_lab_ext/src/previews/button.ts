import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { launchIcon } from '@jupyterlab/ui-components';

import type { NeoAIEditorWidget } from '../editor';
import { previewerOf } from './commands';
import { CommandIDs } from './tokens';

/** A button at the end of an editor's breadcrumbs, for files that have a preview. */
export function addButton(
  app: JupyterFrontEnd,
  editor: NeoAIEditorWidget,
  trans: TranslationBundle
): void {
  const { contentHeader } = editor as unknown as MainAreaWidget;
  const crumbs = contentHeader.widgets.find(child =>
    child.hasClass('neoai-Breadcrumbs')
  );
  if (!crumbs) {
    return;
  }
  const button = document.createElement('button');
  button.className = 'neoai-PreviewButton';
  button.title = trans.__('Open Preview to the Side (Ctrl+K V)');
  button.setAttribute('aria-label', trans.__('Open Preview to the Side'));
  launchIcon.element({ container: button });
  button.addEventListener('click', () => {
    app.shell.activateById(editor.id);
    void app.commands.execute(CommandIDs.openToSide);
  });
  const show = () => {
    button.hidden = !previewerOf(app.docRegistry, editor.context.path);
  };
  show();
  editor.context.pathChanged.connect(show);
  crumbs.node.append(button);
}
