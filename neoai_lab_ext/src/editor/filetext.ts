import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Dialog, showDialog, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { API } from '../api';
import { currentOf } from './commands';
import {
  CommandIDs,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from './tokens';

/** How a file's text is written on disk; the shared document knows neither. */
export interface IFileText {
  /** Null: not known, or no text. */
  encoding: string | null;
  lineEndings: 'lf' | 'crlf' | 'mixed' | 'none';
}

interface IOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  trans: TranslationBundle;
  isCollaborative: boolean;
}

/** Keep every open editor told of its file's encoding and line endings. */
export function followFileTexts({ app, opener }: IOptions): void {
  const api = new API(app.serviceManager.serverSettings);
  opener.tracker.widgetAdded.connect((_, widget) => {
    const ask = () => void refresh(api, widget);
    void widget.content.ready.then(ask);
    widget.context.saveState.connect((_, state) => {
      if (state === 'completed') {
        ask();
      }
    });
    widget.context.pathChanged.connect(ask);
    widget.context.fileChanged.connect(ask);
  });
}

async function refresh(api: API, widget: NeoAIEditorWidget): Promise<void> {
  try {
    const path = widget.context.localPath;
    const state = await api.get('/text', { query: { path } });
    if (!widget.isDisposed && path === widget.context.localPath) {
      widget.content.fileText = {
        encoding: state.encoding ?? null,
        lineEndings: state.line_endings
      };
    }
  } catch {
    // A file of another drive, or of another contents manager: it is written as Jupyter does.
    if (!widget.isDisposed) {
      widget.content.fileText = null;
    }
  }
}

/** The commands that choose a file's line endings and encoding. */
export function addFileTextCommands(options: IOptions): void {
  const { app, opener, trans } = options;
  const api = new API(app.serviceManager.serverSettings);
  const current = () => currentOf(app, opener);
  const isEnabled = () => !!current()?.content.fileText;
  const encodingOf = () => current()?.content.fileText?.encoding;
  const args = (name: string) => ({
    args: {
      type: 'object' as const,
      required: [name],
      properties: { [name]: { type: 'string' } }
    }
  });
  const change = async (work: (widget: NeoAIEditorWidget) => Promise<void>) => {
    const widget = current();
    if (!widget) {
      return;
    }
    try {
      await work(widget);
    } catch (error) {
      await showErrorMessage(
        trans.__('%1 stays as it was', widget.context.localPath),
        error as Error
      );
    }
    await refresh(api, widget);
  };
  app.commands.addCommand(CommandIDs.setLineEndings, {
    label: ({ lineEndings }) =>
      lineEndings === 'crlf'
        ? trans.__('Line Endings of Windows (CRLF)')
        : trans.__('Line Endings of Linux and macOS (LF)'),
    isEnabled,
    isToggled: ({ lineEndings }) =>
      current()?.content.fileText?.lineEndings === lineEndings,
    describedBy: args('lineEndings'),
    execute: ({ lineEndings }) =>
      change(async ({ context }) => {
        const path = context.localPath;
        const line_endings = lineEndings === 'crlf' ? 'crlf' : 'lf';
        await api.patch('/text', { body: { path, line_endings } });
        await context.save();
      })
  });
  app.commands.addCommand(CommandIDs.saveWithEncoding, {
    label: ({ encoding }) => encodingName(String(encoding)),
    isEnabled,
    isToggled: ({ encoding }) => encodingOf() === encoding,
    describedBy: args('encoding'),
    execute: ({ encoding }) =>
      change(async ({ content, context }) => {
        const path = context.localPath;
        const before = content.fileText?.encoding;
        await api.patch('/text', {
          body: { path, encoding: String(encoding) }
        });
        try {
          await context.save();
        } catch {
          // JupyterLab has said why; the file keeps its encoding.
          if (before) {
            await api.patch('/text', { body: { path, encoding: before } });
          }
        }
      })
  });
  app.commands.addCommand(CommandIDs.reopenWithEncoding, {
    label: ({ encoding }) => encodingName(String(encoding)),
    isEnabled,
    isToggled: ({ encoding }) => encodingOf() === encoding,
    describedBy: args('encoding'),
    execute: ({ encoding }) =>
      change(widget => reopen(widget, api, String(encoding), options))
  });
}

async function reopen(
  { context }: NeoAIEditorWidget,
  api: API,
  encoding: string,
  { trans, isCollaborative }: IOptions
): Promise<void> {
  if (context.model.dirty) {
    const { button } = await showDialog({
      title: trans.__('Reopen with another encoding?'),
      body: trans.__(
        'What has not been saved yet was written in the encoding that is shown now, and would be lost. Save first to keep it.'
      ),
      buttons: [
        Dialog.cancelButton(),
        Dialog.warnButton({ label: trans.__('Reopen') })
      ]
    });
    if (!button.accept) {
      return;
    }
  }
  const path = context.localPath;
  await api.patch('/text', { body: { path, encoding, reopen: true } });
  if (!isCollaborative) {
    await context.revert();
  }
}

/** As people know it: `UTF-8 with BOM`, `ISO-8859-1`. */
export function encodingName(id: string): string {
  return NAMES[id] ?? id.replace(/^windows/, 'Windows').replace(/^iso/, 'ISO');
}

const NAMES: Record<string, string> = {
  'utf-8': 'UTF-8',
  'utf-8-bom': 'UTF-8 with BOM',
  'utf-16le': 'UTF-16 LE',
  'utf-16be': 'UTF-16 BE',
  'koi8-r': 'KOI8-R',
  gb18030: 'GBK (GB18030)',
  big5: 'Big5',
  'shift-jis': 'Shift JIS',
  'euc-jp': 'EUC-JP',
  'euc-kr': 'EUC-KR'
};

/** The encodings that the menus offer; the server knows the same. */
export const ENCODINGS = [
  'utf-8',
  'utf-8-bom',
  'utf-16le',
  'utf-16be',
  'iso-8859-1',
  'windows-1252',
  'iso-8859-15',
  'iso-8859-2',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'iso-8859-7',
  'windows-1254',
  'gb18030',
  'big5',
  'shift-jis',
  'euc-jp',
  'euc-kr'
];
