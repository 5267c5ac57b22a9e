import * as monaco from 'monaco-editor/editor';
import { ILanguageFeaturesService } from 'monaco-editor/editor/common/services/languageFeatures.js';
import { StandaloneServices } from 'monaco-editor/editor/standalone/browser/standaloneServices.js';

import {
  type ISymbol,
  LANGUAGES_WITH_SYMBOLS,
  symbolsOf,
  type SymbolType
} from './symbols';

type Provider = monaco.languages.DocumentSymbolProvider;
type Symbols = monaco.languages.DocumentSymbol[];

interface IProviders {
  ordered(model: monaco.editor.ITextModel): Provider[];
  onDidChange: monaco.IEvent<number>;
}

/** In UTF-16 units: what is larger is not looked through for symbols. */
const LARGEST = 4_000_000;

/** Monaco's registry of who knows a file's symbols: language servers, and we. */
function providers(): IProviders {
  const features = StandaloneServices.get(ILanguageFeaturesService) as {
    documentSymbolProvider: IProviders;
  };
  return features.documentSymbolProvider;
}

/** What of a text's symbols is known without a language server; silent where one answers. */
const light: Provider = {
  displayName: 'NeoAI',
  async provideDocumentSymbols(model, token) {
    const isAnswered = !!(await serversSymbols(model, token));
    return isAnswered || model.isDisposed() ? [] : lightSymbols(model);
  }
};

/** Offer Monaco's own features (go to symbol, sticky scroll) the symbols that we can find. */
export function provideSymbols(): void {
  monaco.languages.registerDocumentSymbolProvider(
    LANGUAGES_WITH_SYMBOLS,
    light
  );
}

/** Call `changed` whenever somebody else begins or ceases to know symbols. */
export function onProvidersChanged(changed: () => void): monaco.IDisposable {
  return providers().onDidChange(changed);
}

/** The symbols of a file, a language server's where there is one. */
export async function outlineOf(
  model: monaco.editor.ITextModel
): Promise<ISymbol[]> {
  const source = new monaco.CancellationTokenSource();
  const known = await serversSymbols(model, source.token);
  if (model.isDisposed()) {
    return [];
  }
  return known ? flattened(known, 0) : ours(model);
}

function ours(model: monaco.editor.ITextModel): ISymbol[] {
  return model.getValueLength() > LARGEST
    ? []
    : symbolsOf(model.getLanguageId(), model.getLinesContent());
}

async function serversSymbols(
  model: monaco.editor.ITextModel,
  token: monaco.CancellationToken
): Promise<Symbols | null> {
  for (const provider of providers().ordered(model)) {
    if (provider === light) {
      continue;
    }
    try {
      const symbols = await provider.provideDocumentSymbols(model, token);
      if (symbols?.length) {
        return symbols;
      }
    } catch (error) {
      console.warn('A language server did not give the symbols.', error);
    }
    if (model.isDisposed()) {
      return null;
    }
  }
  return null;
}

function flattened(symbols: Symbols, level: number): ISymbol[] {
  return [...symbols]
    .sort(
      (one, other) => one.range.startLineNumber - other.range.startLineNumber
    )
    .flatMap(symbol => [
      {
        name: symbol.name,
        type: typeOf(symbol.kind),
        line: symbol.selectionRange.startLineNumber,
        endLine: symbol.range.endLineNumber,
        level
      },
      ...flattened(symbol.children ?? [], level + 1)
    ]);
}

const { SymbolKind } = monaco.languages;
const KINDS: [SymbolType, monaco.languages.SymbolKind][] = [
  ['class', SymbolKind.Class],
  ['function', SymbolKind.Function],
  ['method', SymbolKind.Method],
  ['variable', SymbolKind.Variable],
  ['section', SymbolKind.String],
  ['interface', SymbolKind.Interface],
  ['enum', SymbolKind.Enum],
  ['module', SymbolKind.Module],
  ['key', SymbolKind.Key]
];

function typeOf(kind: monaco.languages.SymbolKind): SymbolType {
  return KINDS.find(([, known]) => known === kind)?.[0] ?? 'variable';
}

function lightSymbols(model: monaco.editor.ITextModel): Symbols {
  const roots: Symbols = [];
  const open: { symbol: monaco.languages.DocumentSymbol; level: number }[] = [];
  for (const { name, type, line, endLine, level } of ours(model)) {
    const last = Math.min(endLine, model.getLineCount());
    const symbol: monaco.languages.DocumentSymbol = {
      name,
      detail: '',
      kind: KINDS.find(([known]) => known === type)![1],
      tags: [],
      range: new monaco.Range(line, 1, last, model.getLineMaxColumn(last)),
      selectionRange: new monaco.Range(
        line,
        model.getLineFirstNonWhitespaceColumn(line) || 1,
        line,
        model.getLineMaxColumn(line)
      ),
      children: []
    };
    while (open.length > 0 && open[open.length - 1].level >= level) {
      open.pop();
    }
    const parent = open[open.length - 1]?.symbol;
    (parent?.children ?? roots).push(symbol);
    open.push({ symbol, level });
  }
  return roots;
}
