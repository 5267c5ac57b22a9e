import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import type { NeoAIEditorWidget } from '../editor';
import type { ILines } from './convert';
import { pathOf, serverUri } from './places';
import type { LanguageServers } from './servers';
import type { Session } from './session';
import type { INeoAILanguageServers, ISymbolPlace } from './tokens';

/** Asks language servers what they know of names, for other parts of the page. */
export class KnownNames implements INeoAILanguageServers {
  constructor(
    private readonly _servers: LanguageServers,
    private readonly _openModel: (
      path: string
    ) => monaco.editor.ITextModel | null
  ) {}

  async referencesBefore(
    widget: NeoAIEditorWidget,
    { lineNumber, column }: monaco.IPosition,
    edited: { lineNumber: number; text: string }
  ): Promise<ISymbolPlace[] | null> {
    const session = this._servers.sessionOf(widget);
    const model = widget.content.view?.model;
    const document = session && model && session.documentOf(model);
    // Edits that it was not told of but for the last would have moved the place.
    if (
      !document ||
      !session.capabilities.referencesProvider ||
      document.told !== document.version - 1
    ) {
      return null;
    }
    const { path } = document;
    // The answer is that of this text, however late it comes.
    const lines = model.getLinesContent();
    lines[edited.lineNumber - 1] = edited.text;
    const before: ILines = {
      getLineCount: () => lines.length,
      getLineContent: number => lines[number - 1]
    };
    const source = new monaco.CancellationTokenSource();
    const found = await session.ask<lsp.Location[]>(
      'textDocument/references',
      {
        textDocument: { uri: document.uri },
        position: {
          line: lineNumber - 1,
          character: session.columns.inLine(lines[lineNumber - 1], column)
        },
        context: { includeDeclaration: true }
      },
      source.token,
      true
    );
    return (
      found &&
      placesOf(session, found, other =>
        other === path ? before : this._openModel(other)
      )
    );
  }

  async definitions(
    widget: NeoAIEditorWidget,
    { path, startLineNumber, startColumn }: ISymbolPlace
  ): Promise<ISymbolPlace[] | null> {
    const session = this._servers.sessionOf(widget);
    if (!session?.capabilities.definitionProvider) {
      return null;
    }
    const { columns } = session;
    const model = this._openModel(path);
    const isThere = model && startLineNumber <= model.getLineCount();
    const line = isThere ? model.getLineContent(startLineNumber) : '';
    const source = new monaco.CancellationTokenSource();
    const found = await session.ask<lsp.Definition | lsp.LocationLink[]>(
      'textDocument/definition',
      {
        textDocument: { uri: serverUri(path) },
        position: {
          line: startLineNumber - 1,
          character: columns.inLine(line, startColumn)
        }
      },
      source.token
    );
    const list = Array.isArray(found) ? found : found ? [found] : [];
    return placesOf(
      session,
      list.map(place =>
        'targetUri' in place
          ? { uri: place.targetUri, range: place.targetSelectionRange }
          : place
      ),
      this._openModel
    );
  }
}

/** Those in the library have the absolute path; of texts that are not open nothing is converted. */
function placesOf(
  session: Session,
  found: lsp.Location[],
  textOf: (path: string) => ILines | null
): ISymbolPlace[] {
  return found.map(({ uri, range }) => {
    const path = pathOf(uri);
    const text = path === null ? null : textOf(path);
    return { path: path ?? uri, ...session.columns.toMonaco(text, range) };
  });
}
