import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { IMainMenu } from '@jupyterlab/mainmenu';
import type { TranslationBundle } from '@jupyterlab/translation';

import { API, APIError } from '../api';
import { currentOf } from './commands';
import type { IEditorSettings } from './settings';
import {
  CommandIDs,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';
import type { EditorView } from './view';

interface IOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
  settings: () => IEditorSettings;
  palette: ICommandPalette | null;
  menu: IMainMenu | null;
}

/** In milliseconds: how long saving waits for a formatter. */
const PATIENCE = 5000;

/** Formatting by command, and what is done to a text before it is saved. */
export function addFormatting(options: IOptions): void {
  const { app, opener, trans, palette, menu } = options;
  const api = new API(app.serviceManager.serverSettings);
  app.commands.addCommand(CommandIDs.format, {
    label: trans.__('Format File'),
    isEnabled: () => !!currentOf(app, opener)?.content.view,
    execute: async () => {
      const widget = currentOf(app, opener);
      if (widget) {
        await formatted(widget, api, trans);
      }
    }
  });
  const category = trans.__('NeoAI Editor');
  palette?.addItem({ command: CommandIDs.format, category });
  menu?.editMenu.addGroup([{ command: CommandIDs.format }], 14);
  prepareSaves(options, api);
}

/** What was told last of what could not be formatted: one at a time is enough. */
let told = '';

/**
 * Format the file in `widget`; what went wrong is told, never thrown. With `signal` it is a save's
 * doing: that there is no formatter for such files is then nothing to tell.
 */
async function formatted(
  { content, context }: NeoAIEditorWidget,
  api: API,
  trans: TranslationBundle,
  signal?: AbortSignal
): Promise<void> {
  const view = content.view;
  if (!view || view.isReadOnly) {
    return;
  }
  const before = view.model.getVersionId();
  try {
    const reply = await api.post('/format', {
      body: {
        path: context.localPath,
        content: view.model.getValue(),
        language: view.model.getLanguageId()
      },
      ...(signal ? { signal } : {})
    });
    if (view.isDisposed) {
      return;
    }
    if (view.model.getVersionId() !== before) {
      Notification.info(
        trans.__('The file was edited meanwhile, and is not formatted.'),
        { autoClose: 4000 }
      );
      return;
    }
    view.replaceText(reply.content);
    if (reply.note) {
      Notification.info(reply.note, { autoClose: 6000 });
    }
  } catch (error) {
    const isNoWonder =
      signal && error instanceof APIError && error.code === 'no-formatter';
    if (!view.isDisposed && !formattedByServer(view) && !isNoWonder) {
      const reason = error instanceof Error ? error.message : String(error);
      Notification.dismiss(told);
      told = Notification.warning(trans.__('Not formatted. %1', reason), {
        autoClose: 10000
      });
    }
  }
}

/** Whether a language server formats instead, which Monaco then asks. */
function formattedByServer(view: EditorView): boolean {
  const action = view.editor.getAction('editor.action.formatDocument');
  if (!action?.isSupported()) {
    return false;
  }
  void action.run();
  return true;
}

/**
 * Trim, end and format texts when they are saved. Formatting moves text about, so it is done only
 * when the user saves, not when JupyterLab does by itself.
 */
function prepareSaves(
  { app, opener, trans, settings }: IOptions,
  api: API
): void {
  const prepared = new WeakSet<object>();
  const commands = new Set<string>([
    'docmanager:save',
    'docmanager:save-all',
    'docmanager:save-as'
  ]);
  let byHand = 0;
  app.commands.commandExecuted.connect((_, { id, result }) => {
    if (commands.has(id)) {
      byHand++;
      const done = () => byHand--;
      result.then(done, done);
    }
  });
  opener.tracker.widgetAdded.connect((_, widget) => {
    const { context } = widget;
    if (prepared.has(context)) {
      return;
    }
    prepared.add(context);
    const save = context.save.bind(context);
    context.save = async () => {
      // The command that saves is heard of once it has begun.
      await Promise.resolve();
      const target = opener.tracker.find(
        open => open.context === context && !!open.content.view
      );
      if (target && byHand > 0) {
        await prepare(target, settings(), api, trans);
      }
      await save();
    };
  });
}

async function prepare(
  widget: NeoAIEditorWidget,
  settings: IEditorSettings,
  api: API,
  trans: TranslationBundle
): Promise<void> {
  if (settings.formatOnSave) {
    await formatted(widget, api, trans, AbortSignal.timeout(PATIENCE));
  }
  const view = widget.content.view;
  if (view && !view.isDisposed && !view.isReadOnly) {
    const text = view.model.getValue();
    view.replaceText(tidied(text, settings, view.model.getLanguageId()));
  }
}

/** `text` as the settings want it saved. Two spaces at the end of a line mean something in Markdown. */
export function tidied(
  text: string,
  {
    trimTrailingWhitespace,
    insertFinalNewline
  }: Pick<IEditorSettings, 'trimTrailingWhitespace' | 'insertFinalNewline'>,
  language: string
): string {
  let tidy = text;
  if (trimTrailingWhitespace) {
    tidy =
      language === 'markdown'
        ? tidy.replace(/[ \t]+$/gm, end => (/^ {2,}$/.test(end) ? '  ' : ''))
        : tidy.replace(/[ \t]+$/gm, '');
  }
  if (insertFinalNewline && tidy && !tidy.endsWith('\n')) {
    tidy += '\n';
  }
  return tidy;
}
