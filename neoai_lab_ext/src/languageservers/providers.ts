import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import { completionKind, toDocumentation, toMarkdown } from './convert';
import type { OpenDocument } from './document';
import type { Session } from './session';
import { provideSymbols } from './serversymbols';
import type { Texts } from './texts';
import { toMonacoEdits, type WorkspaceEdits } from './workspaceedits';

type Model = monaco.editor.ITextModel;
type Token = monaco.CancellationToken;

export interface IProviding {
  readonly session: Session;
  readonly language: monaco.languages.LanguageSelector;
  readonly texts: Texts;
  readonly edits: WorkspaceEdits;
}

/** A completion that remembers the server's, to ask for its documentation. */
interface IServerCompletion extends monaco.languages.CompletionItem {
  server?: lsp.CompletionItem;
}

interface IServerAction extends monaco.languages.CodeAction {
  server?: lsp.CodeAction;
}

/** Offer Monaco what a language server can do for the files that it looks after. */
export function provide(providing: IProviding): monaco.IDisposable {
  const { capabilities } = providing.session;
  const parts: (monaco.IDisposable | false | undefined)[] = [
    capabilities.completionProvider &&
      provideCompletion(providing, capabilities.completionProvider),
    !!capabilities.hoverProvider && provideHover(providing),
    capabilities.signatureHelpProvider &&
      provideSignatures(providing, capabilities.signatureHelpProvider),
    ...providePlaces(providing),
    !!capabilities.renameProvider && provideRename(providing),
    !!capabilities.codeActionProvider && provideActions(providing),
    !!capabilities.documentHighlightProvider && provideHighlights(providing),
    !!capabilities.documentSymbolProvider && provideSymbols(providing)
  ];
  return {
    dispose: () => {
      for (const part of parts) {
        if (part) {
          part.dispose();
        }
      }
    }
  };
}

/** The document and the parameters of a question at a place; null where it is none of ours. */
export function placed(
  session: Session,
  model: Model,
  position: monaco.IPosition
): { document: OpenDocument; params: lsp.TextDocumentPositionParams } | null {
  const document = session.documentOf(model);
  return (
    document && {
      document,
      params: {
        textDocument: { uri: document.uri },
        position: session.columns.position(model, position)
      }
    }
  );
}

function provideCompletion(
  { session, language }: IProviding,
  { triggerCharacters, resolveProvider }: lsp.CompletionOptions
): monaco.IDisposable {
  const provider: monaco.languages.CompletionItemProvider = {
    ...(triggerCharacters ? { triggerCharacters } : {}),
    provideCompletionItems: async (model, position, context, token) => {
      const place = placed(session, model, position);
      if (!place) {
        return null;
      }
      const word = model.getWordUntilPosition(position);
      const found = await session.ask<
        lsp.CompletionList | lsp.CompletionItem[]
      >(
        'textDocument/completion',
        {
          ...place.params,
          context: {
            triggerKind: context.triggerKind + 1,
            ...(context.triggerCharacter
              ? { triggerCharacter: context.triggerCharacter }
              : {})
          }
        },
        token
      );
      if (!found || model.isDisposed()) {
        return null;
      }
      const items = Array.isArray(found) ? found : found.items;
      const range = {
        startLineNumber: position.lineNumber,
        startColumn: word.startColumn,
        endLineNumber: position.lineNumber,
        endColumn: position.column
      };
      return {
        suggestions: items.map(item =>
          toCompletion(session, model, item, range)
        ),
        incomplete: !Array.isArray(found) && found.isIncomplete
      };
    }
  };
  if (resolveProvider) {
    provider.resolveCompletionItem = async (item: IServerCompletion, token) => {
      const full =
        item.server &&
        (await session.ask<lsp.CompletionItem>(
          'completionItem/resolve',
          item.server,
          token
        ));
      return full
        ? {
            ...item,
            detail: full.detail ?? item.detail,
            documentation: toDocumentation(full.documentation)
          }
        : item;
    };
  }
  return monaco.languages.registerCompletionItemProvider(language, provider);
}

function toCompletion(
  session: Session,
  model: Model,
  item: lsp.CompletionItem,
  word: monaco.IRange
): IServerCompletion {
  const edit = item.textEdit;
  const range = (part: lsp.Range) => session.columns.toMonaco(model, part);
  const snippet = item.insertTextFormat === 2;
  return {
    label: item.labelDetails
      ? { label: item.label, ...item.labelDetails }
      : item.label,
    kind: completionKind(item.kind),
    insertText: edit?.newText ?? item.insertText ?? item.label,
    insertTextRules: snippet
      ? monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet
      : undefined,
    range: !edit
      ? word
      : 'insert' in edit
        ? { insert: range(edit.insert), replace: range(edit.replace) }
        : range(edit.range),
    detail: item.detail,
    documentation: toDocumentation(item.documentation),
    sortText: item.sortText,
    filterText: item.filterText,
    preselect: item.preselect,
    commitCharacters: item.commitCharacters,
    tags: item.tags ?? (item.deprecated ? [1] : undefined),
    additionalTextEdits: item.additionalTextEdits?.map(extra => ({
      range: range(extra.range),
      text: extra.newText
    })),
    server: item
  };
}

function provideHover({ session, language }: IProviding): monaco.IDisposable {
  return monaco.languages.registerHoverProvider(language, {
    provideHover: async (model, position, token) => {
      const place = placed(session, model, position);
      const found =
        place &&
        (await session.ask<lsp.Hover>(
          'textDocument/hover',
          place.params,
          token
        ));
      const contents = found ? toMarkdown(found.contents) : [];
      if (!found || contents.length === 0 || model.isDisposed()) {
        return null;
      }
      return {
        contents,
        ...(found.range
          ? { range: session.columns.toMonaco(model, found.range) }
          : {})
      };
    }
  });
}

function provideSignatures(
  { session, language }: IProviding,
  { triggerCharacters, retriggerCharacters }: lsp.SignatureHelpOptions
): monaco.IDisposable {
  return monaco.languages.registerSignatureHelpProvider(language, {
    signatureHelpTriggerCharacters: triggerCharacters ?? [],
    signatureHelpRetriggerCharacters: retriggerCharacters ?? [],
    provideSignatureHelp: async (model, position, token, context) => {
      const place = placed(session, model, position);
      const found =
        place &&
        (await session.ask<lsp.SignatureHelp>(
          'textDocument/signatureHelp',
          {
            ...place.params,
            context: {
              triggerKind: context.triggerKind,
              isRetrigger: context.isRetrigger,
              triggerCharacter: context.triggerCharacter
            }
          },
          token
        ));
      if (!found?.signatures.length) {
        return null;
      }
      return {
        value: {
          activeSignature: found.activeSignature ?? 0,
          activeParameter: found.activeParameter ?? 0,
          signatures: found.signatures.map(signature => ({
            ...signature,
            documentation: toDocumentation(signature.documentation),
            parameters: (signature.parameters ?? []).map(parameter => ({
              label: parameter.label,
              documentation: toDocumentation(parameter.documentation)
            }))
          }))
        },
        dispose: () => undefined
      };
    }
  });
}

function providePlaces({
  session,
  language,
  texts
}: IProviding): (monaco.IDisposable | false)[] {
  const { capabilities } = session;
  const find =
    (method: string, more: object = {}) =>
    async (model: Model, position: monaco.Position, token: Token) => {
      const place = placed(session, model, position);
      return place
        ? texts.locations(
            await session.ask<lsp.Location[]>(
              method,
              { ...place.params, ...more },
              token
            ),
            session
          )
        : null;
    };
  return [
    !!capabilities.definitionProvider &&
      monaco.languages.registerDefinitionProvider(language, {
        provideDefinition: find('textDocument/definition')
      }),
    !!capabilities.typeDefinitionProvider &&
      monaco.languages.registerTypeDefinitionProvider(language, {
        provideTypeDefinition: find('textDocument/typeDefinition')
      }),
    !!capabilities.implementationProvider &&
      monaco.languages.registerImplementationProvider(language, {
        provideImplementation: find('textDocument/implementation')
      }),
    !!capabilities.referencesProvider &&
      monaco.languages.registerReferenceProvider(language, {
        provideReferences: (model, position, { includeDeclaration }, token) =>
          find('textDocument/references', { context: { includeDeclaration } })(
            model,
            position,
            token
          )
      })
  ];
}

function provideHighlights({
  session,
  language
}: IProviding): monaco.IDisposable {
  return monaco.languages.registerDocumentHighlightProvider(language, {
    provideDocumentHighlights: async (model, position, token) => {
      const place = placed(session, model, position);
      const found =
        place &&
        (await session.ask<lsp.DocumentHighlight[]>(
          'textDocument/documentHighlight',
          place.params,
          token
        ));
      return found && !model.isDisposed()
        ? found.map(({ range, kind }) => ({
            range: session.columns.toMonaco(model, range),
            kind: (kind ?? 1) - 1
          }))
        : null;
    }
  });
}

function provideRename({
  session,
  language,
  edits
}: IProviding): monaco.IDisposable {
  return monaco.languages.registerRenameProvider(language, {
    provideRenameEdits: async (model, position, newName, token) => {
      const place = placed(session, model, position);
      if (!place) {
        return null;
      }
      const found = await session.ask<lsp.WorkspaceEdit>(
        'textDocument/rename',
        { ...place.params, newName },
        token
      );
      return found
        ? toMonacoEdits(found, session)
        : { edits: [], rejectReason: edits.cannotRename };
    }
  });
}

function provideActions({
  session,
  language,
  edits
}: IProviding): monaco.IDisposable {
  const options = session.capabilities.codeActionProvider;
  const resolves = typeof options === 'object' && options.resolveProvider;
  const ask = async (
    model: Model,
    range: monaco.Range,
    { only, trigger }: monaco.languages.CodeActionContext,
    token: Token
  ): Promise<monaco.languages.CodeActionList> => {
    const document = session.documentOf(model);
    const found = document
      ? await session.ask<(lsp.Command | lsp.CodeAction)[]>(
          'textDocument/codeAction',
          {
            textDocument: { uri: document.uri },
            range: session.columns.range(model, range),
            context: {
              diagnostics: session.diagnosticsAt(document, range),
              triggerKind: trigger,
              ...(only ? { only: [only] } : {})
            }
          },
          token
        )
      : null;
    const actions = (found ?? []).map((action): IServerAction => {
      if (typeof action.command === 'string') {
        return {
          title: action.title,
          command: edits.commandOf(action as lsp.Command, session)
        };
      }
      const { title, kind, isPreferred, disabled, edit, command } =
        action as lsp.CodeAction;
      return {
        title,
        kind,
        isPreferred,
        disabled: disabled?.reason,
        edit: edit && toMonacoEdits(edit, session),
        command: command && edits.commandOf(command, session),
        server: action as lsp.CodeAction
      };
    });
    return { actions, dispose: () => undefined };
  };
  return monaco.languages.registerCodeActionProvider(language, {
    provideCodeActions: ask,
    ...(resolves
      ? {
          resolveCodeAction: async (action: IServerAction, token: Token) => {
            const full =
              action.server &&
              (await session.ask<lsp.CodeAction>(
                'codeAction/resolve',
                action.server,
                token
              ));
            return full?.edit
              ? { ...action, edit: toMonacoEdits(full.edit, session) }
              : action;
          }
        }
      : {})
  });
}
