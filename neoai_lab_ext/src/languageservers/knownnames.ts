import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import type { NeoAIEditorWidget } from '../editor';
import { pathOf, serverUri } from './places';
import type { LanguageServers } from './servers';
import type { Session } from './session';
import type { INeoAILanguageServers, ISymbolPlace } from './tokens';

/** Asks language servers what they know of names, for other parts of the page. */
export class KnownNames implements INeoAILanguageServers {
  constructor(private readonly _servers: LanguageServers) {}

  async referencesBefore(
    widget: NeoAIEditorWidget,
    { lineNumber, column }: monaco.IPosition,
    line: string
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
    const source = new monaco.CancellationTokenSource();
    const found = await session.ask<lsp.Location[]>(
      'textDocument/references',
      {
        textDocument: { uri: document.uri },
        position: {
          line: lineNumber - 1,
          character: session.columns.inLine(line, column)
        },
        context: { includeDeclaration: true }
      },
      source.token,
      true
    );
    return found && placesOf(session, found);
  }

  async definitions(
    widget: NeoAIEditorWidget,
    { path, startLineNumber, startColumn }: ISymbolPlace
  ): Promise<ISymbolPlace[] | null> {
    const session = this._servers.sessionOf(widget);
    if (!session?.capabilities.definitionProvider) {
      return null;
    }
    const source = new monaco.CancellationTokenSource();
    const found = await session.ask<lsp.Definition | lsp.LocationLink[]>(
      'textDocument/definition',
      {
        textDocument: { uri: serverUri(path) },
        position: { line: startLineNumber - 1, character: startColumn - 1 }
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
      )
    );
  }
}

/** Those in the library have the absolute path. */
function placesOf(session: Session, found: lsp.Location[]): ISymbolPlace[] {
  return found.map(({ uri, range }) => ({
    path: pathOf(uri) ?? uri,
    ...session.columns.toMonaco(null, range)
  }));
}
