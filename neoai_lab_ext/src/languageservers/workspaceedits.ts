import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import * as monaco from 'monaco-editor/editor';
import { IBulkEditService } from 'monaco-editor/editor/browser/services/bulkEditService.js';
import { StandaloneServices } from 'monaco-editor/editor/standalone/browser/standaloneServices.js';
import type * as lsp from 'vscode-languageserver-protocol';

import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import { pathOf, peekUri } from './places';
import type { Session } from './session';

/** More files than these are not changed without asking. */
const UNASKED_FILES = 5;

/** A server's range, to be placed in the text when that is there. */
interface IServerEdit extends monaco.languages.IWorkspaceTextEdit {
  server?: {
    session: Session;
    range: lsp.Range;
    path: string | null;
    /** Of the open document; null where it is not open. */
    version: number | null;
  };
}

interface IBulkResult {
  ariaSummary: string;
  isApplied: boolean;
}

/**
 * Edits over several files. Monaco's own know only files that are open, and its own undo; these go
 * through the shared documents, one undo step each, and open what is closed.
 */
export class WorkspaceEdits {
  constructor(
    private readonly _opener: INeoAIEditorOpener,
    private readonly _openInBackground: (
      path: string
    ) => Promise<NeoAIEditorWidget>,
    private readonly _read: (path: string) => Promise<string>,
    private readonly _trans: TranslationBundle
  ) {
    const service = StandaloneServices.get(IBulkEditService) as {
      apply(edits: unknown, options?: unknown): Promise<IBulkResult>;
    };
    const builtin = service.apply.bind(service);
    service.apply = (edits, options) => {
      const list = (
        Array.isArray(edits) ? edits : (edits as { edits: unknown[] }).edits
      ) as IServerEdit[];
      return list.some(({ server }) => server)
        ? this._applyInMonaco(list)
        : builtin(edits, options);
    };
    monaco.editor.registerCommand(
      RUN_COMMAND,
      (_, session: Session, command: lsp.Command) => {
        const source = new monaco.CancellationTokenSource();
        const { command: name, arguments: args } = command;
        void session.ask(
          'workspace/executeCommand',
          { command: name, arguments: args },
          source.token
        );
      }
    );
  }

  get cannotRename(): string {
    return this._trans.__('There is nothing here that can be renamed.');
  }

  /** A server's command in Monaco. */
  commandOf(command: lsp.Command, session: Session): monaco.languages.Command {
    return {
      id: RUN_COMMAND,
      title: command.title,
      arguments: [session, command]
    };
  }

  /** Apply what a server wants changed; false where it was not. */
  async apply(edit: lsp.WorkspaceEdit, session: Session): Promise<boolean> {
    const { edits } = toMonacoEdits(edit, session);
    return (await this._applyInMonaco(edits as IServerEdit[])).isApplied;
  }

  private async _applyInMonaco(edits: IServerEdit[]): Promise<IBulkResult> {
    try {
      const isApplied = await this._apply(edits);
      return { ariaSummary: '', isApplied };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      Notification.error(
        this._trans.__('Not everything was changed. %1', reason),
        { autoClose: 10000 }
      );
      return { ariaSummary: reason, isApplied: false };
    }
  }

  private async _apply(edits: IServerEdit[]): Promise<boolean> {
    const byPath = new Map<string, IServerEdit[]>();
    for (const edit of edits) {
      const path = edit.server?.path;
      if (path === null || path === undefined) {
        throw new Error(
          this._trans.__(
            '%1 lies outside the files of this server.',
            edit.resource.path
          )
        );
      }
      byPath.set(path, [...(byPath.get(path) ?? []), edit]);
    }
    if (byPath.size > UNASKED_FILES && !(await this._ask([...byPath.keys()]))) {
      return false;
    }
    const targets: [NeoAIEditorWidget, string, boolean][] = [];
    for (const [path, list] of byPath) {
      targets.push(await this._target(path, list));
    }
    for (const [widget, text, wasClosed] of targets) {
      widget.content.view!.replaceText(text);
      if (wasClosed) {
        await widget.context.save();
      }
    }
    return true;
  }

  /** The file's editor, its text to be, and whether it was closed; throws where that is not safe. */
  private async _target(
    path: string,
    edits: IServerEdit[]
  ): Promise<[NeoAIEditorWidget, string, boolean]> {
    const open = this._opener.tracker.find(
      ({ context, content }) => context.localPath === path && !!content.view
    );
    // A closed file may be open elsewhere, with edits that the server does not know.
    const saved = open ? null : await this._read(path);
    const widget = open ?? (await this._openInBackground(path));
    const view = await widget.content.ready;
    if (view.isReadOnly) {
      throw new Error(this._trans.__('%1 cannot be written.', path));
    }
    const { model } = view;
    const { session, version } = edits[0].server!;
    const isStale =
      saved === null
        ? session.documentOf(model)?.version !== version && version !== null
        : model.getValue() !==
          saved.replace(/\r\n?/g, '\n').replace(/^\ufeff/, '');
    if (isStale) {
      throw new Error(
        this._trans.__('%1 was edited meanwhile. Try again.', path)
      );
    }
    return [widget, edited(model, edits), !open];
  }

  private async _ask(paths: string[]): Promise<boolean> {
    const list = document.createElement('ul');
    list.className = 'neoai-EditedFiles';
    list.append(
      ...paths.map(path => {
        const item = document.createElement('li');
        item.textContent = path;
        return item;
      })
    );
    const { button } = await showDialog({
      title: this._trans.__('Change %1 files?', paths.length),
      body: new Widget({ node: list }),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: this._trans.__('Change') })
      ]
    });
    return button.accept;
  }
}

const RUN_COMMAND = 'neoai.languageServerCommand';

/** The text of `model` with `edits`, which do not overlap. */
function edited(model: monaco.editor.ITextModel, edits: IServerEdit[]): string {
  const text = model.getValue();
  const parts = edits
    .map(({ server, textEdit }) => {
      const range = server!.session.columns.toMonaco(model, server!.range);
      const end = {
        lineNumber: range.endLineNumber,
        column: range.endColumn
      };
      return {
        start: model.getOffsetAt({
          lineNumber: range.startLineNumber,
          column: range.startColumn
        }),
        end:
          end.lineNumber > model.getLineCount()
            ? text.length
            : model.getOffsetAt(end),
        text: textEdit.text
      };
    })
    .sort((one, other) => one.start - other.start);
  let result = '';
  let done = 0;
  for (const part of parts) {
    result += text.slice(done, part.start) + part.text;
    done = part.end;
  }
  return result + text.slice(done);
}

/** A server's edit as Monaco knows it; where the texts are is found when it is applied. */
export function toMonacoEdits(
  edit: lsp.WorkspaceEdit,
  session: Session
): monaco.languages.WorkspaceEdit {
  const byUri: [string, lsp.TextEdit[]][] = edit.documentChanges
    ? edit.documentChanges.flatMap(change =>
        'textDocument' in change
          ? [
              [change.textDocument.uri, change.edits] as [
                string,
                lsp.TextEdit[]
              ]
            ]
          : []
      )
    : Object.entries(edit.changes ?? {});
  const edits: IServerEdit[] = [];
  for (const [uri, list] of byUri) {
    const path = pathOf(uri);
    for (const { range, newText } of list) {
      edits.push({
        resource: path === null ? monaco.Uri.parse(uri) : peekUri(path),
        textEdit: {
          range: session.columns.toMonaco(null, range),
          text: newText
        },
        versionId: undefined,
        server: { session, range, path, version: session.versionOf(uri) }
      });
    }
  }
  return { edits };
}
