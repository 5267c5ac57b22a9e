import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

type Model = monaco.editor.ITextModel;

/** As much of a text as columns need. */
export type ILines = Pick<Model, 'getLineCount' | 'getLineContent'>;

const SURROGATES = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Columns as a server counts them: UTF-16 units, or characters. */
export class Columns {
  constructor(private readonly _inCharacters: boolean) {}

  position(
    model: Model,
    { lineNumber, column }: monaco.IPosition
  ): lsp.Position {
    const character = this.inLine(model.getLineContent(lineNumber), column);
    return { line: lineNumber - 1, character };
  }

  /** A column (from 1) of a line's text, as the server counts from 0. */
  inLine(line: string, column: number): number {
    const before = line.slice(0, column - 1);
    const pairs = this._inCharacters ? before.match(SURROGATES)?.length : 0;
    return column - 1 - (pairs ?? 0);
  }

  range(model: Model, range: monaco.IRange): lsp.Range {
    return {
      start: this.position(model, {
        lineNumber: range.startLineNumber,
        column: range.startColumn
      }),
      end: this.position(model, {
        lineNumber: range.endLineNumber,
        column: range.endColumn
      })
    };
  }

  /** A server's range in a text; `model` is null where the text is not there. */
  toMonaco(model: ILines | null, { start, end }: lsp.Range): monaco.IRange {
    return {
      startLineNumber: start.line + 1,
      startColumn: this._column(model, start),
      endLineNumber: end.line + 1,
      endColumn: this._column(model, end)
    };
  }

  private _column(
    model: ILines | null,
    { line, character }: lsp.Position
  ): number {
    if (!this._inCharacters || !model || line >= model.getLineCount()) {
      return character + 1;
    }
    const text = model.getLineContent(line + 1);
    SURROGATES.lastIndex = 0;
    return SURROGATES.test(text)
      ? [...text].slice(0, character).join('').length + 1
      : character + 1;
  }
}

/** By the protocol's numbers, from 1. */
const { CompletionItemKind } = monaco.languages;
const COMPLETION_KINDS = [
  CompletionItemKind.Text,
  CompletionItemKind.Method,
  CompletionItemKind.Function,
  CompletionItemKind.Constructor,
  CompletionItemKind.Field,
  CompletionItemKind.Variable,
  CompletionItemKind.Class,
  CompletionItemKind.Interface,
  CompletionItemKind.Module,
  CompletionItemKind.Property,
  CompletionItemKind.Unit,
  CompletionItemKind.Value,
  CompletionItemKind.Enum,
  CompletionItemKind.Keyword,
  CompletionItemKind.Snippet,
  CompletionItemKind.Color,
  CompletionItemKind.File,
  CompletionItemKind.Reference,
  CompletionItemKind.Folder,
  CompletionItemKind.EnumMember,
  CompletionItemKind.Constant,
  CompletionItemKind.Struct,
  CompletionItemKind.Event,
  CompletionItemKind.Operator,
  CompletionItemKind.TypeParameter
];

export function completionKind(
  kind: lsp.CompletionItemKind | undefined
): monaco.languages.CompletionItemKind {
  return COMPLETION_KINDS[(kind ?? 1) - 1] ?? CompletionItemKind.Text;
}

const SEVERITIES = [
  monaco.MarkerSeverity.Error,
  monaco.MarkerSeverity.Warning,
  monaco.MarkerSeverity.Info,
  monaco.MarkerSeverity.Hint
];

/** A marker of Monaco's that remembers the diagnostic that it was made from. */
export interface IServerMarker extends monaco.editor.IMarkerData {
  diagnostic?: lsp.Diagnostic;
}

export function toMarker(
  columns: Columns,
  model: Model,
  diagnostic: lsp.Diagnostic
): monaco.editor.IMarkerData {
  const { severity, message, source, code, codeDescription, tags } = diagnostic;
  const target = codeDescription?.href;
  return {
    ...columns.toMonaco(model, diagnostic.range),
    severity: SEVERITIES[(severity ?? 1) - 1],
    message,
    source,
    tags,
    ...(code === undefined
      ? {}
      : target
        ? { code: { value: String(code), target: monaco.Uri.parse(target) } }
        : { code: String(code) })
  };
}

type Marked = lsp.MarkupContent | lsp.MarkedString | lsp.MarkedString[];

/** What a server says, as Markdown that runs nothing. */
export function toMarkdown(content: Marked): monaco.IMarkdownString[] {
  const parts = Array.isArray(content) ? content : [content];
  return parts
    .map(part => {
      if (typeof part === 'string') {
        return { value: part };
      }
      if ('language' in part) {
        return { value: `\`\`\`${part.language}\n${part.value}\n\`\`\`` };
      }
      return part.kind === 'plaintext'
        ? { value: part.value.replace(/[\\`*_{}[\]()#+!<>|~-]/g, '\\$&') }
        : { value: part.value };
    })
    .filter(({ value }) => value.trim() !== '');
}

/** A server's documentation of an item: text as it is, or Markdown. */
export function toDocumentation(
  content: string | lsp.MarkupContent | undefined
): monaco.IMarkdownString | string | undefined {
  return typeof content === 'object' && content.kind === 'markdown'
    ? { value: content.value }
    : typeof content === 'object'
      ? content.value
      : content;
}
