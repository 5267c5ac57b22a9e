import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import type { IProviding } from './providers';
import type { Session } from './session';

type Model = monaco.editor.ITextModel;
type Symbol = monaco.languages.DocumentSymbol;

/** Offer the symbols that a server knows, as a tree. */
export function provideSymbols({
  session,
  language
}: IProviding): monaco.IDisposable {
  return monaco.languages.registerDocumentSymbolProvider(language, {
    displayName: session.server,
    provideDocumentSymbols: async (model, token) => {
      const document = session.documentOf(model);
      const found =
        document &&
        (await session.ask<lsp.DocumentSymbol[] | lsp.SymbolInformation[]>(
          'textDocument/documentSymbol',
          { textDocument: { uri: document.uri } },
          token
        ));
      if (!found || model.isDisposed()) {
        return null;
      }
      return nested(
        found.map(symbol =>
          'location' in symbol
            ? flat(session, model, symbol)
            : tree(session, model, symbol)
        )
      );
    }
  });
}

function tree(
  session: Session,
  model: Model,
  symbol: lsp.DocumentSymbol
): Symbol {
  return {
    name: symbol.name,
    detail: symbol.detail ?? '',
    kind: symbol.kind - 1,
    tags: symbol.tags ?? [],
    range: session.columns.toMonaco(model, symbol.range),
    selectionRange: session.columns.toMonaco(model, symbol.selectionRange),
    children: (symbol.children ?? []).map(child => tree(session, model, child))
  };
}

function flat(
  session: Session,
  model: Model,
  { name, kind, tags, location }: lsp.SymbolInformation
): Symbol {
  const range = session.columns.toMonaco(model, location.range);
  const { startLineNumber, startColumn } = range;
  return {
    name,
    detail: '',
    kind: kind - 1,
    tags: tags ?? [],
    range,
    selectionRange: {
      startLineNumber,
      startColumn,
      endLineNumber: startLineNumber,
      endColumn: model.getLineMaxColumn(
        Math.min(startLineNumber, model.getLineCount())
      )
    },
    children: []
  };
}

/** Those that lie within another become its children: python-lsp-server gives a flat list. */
function nested(symbols: Symbol[]): Symbol[] {
  if (symbols.some(symbol => symbol.children?.length)) {
    return symbols;
  }
  const sorted = [...symbols].sort(
    (one, other) =>
      one.range.startLineNumber - other.range.startLineNumber ||
      other.range.endLineNumber - one.range.endLineNumber
  );
  const roots: Symbol[] = [];
  const open: Symbol[] = [];
  for (const symbol of sorted) {
    while (
      open.length > 0 &&
      !monaco.Range.containsRange(open[open.length - 1].range, symbol.range)
    ) {
      open.pop();
    }
    (open[open.length - 1]?.children ?? roots).push(symbol);
    open.push(symbol);
  }
  return roots;
}
