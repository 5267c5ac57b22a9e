import type { ClientCapabilities } from 'vscode-languageserver-protocol';

const FORMATS: ('markdown' | 'plaintext')[] = ['markdown', 'plaintext'];

/** What we can do of the protocol. */
export const CAPABILITIES: ClientCapabilities = {
  general: { positionEncodings: ['utf-16'] },
  workspace: {
    applyEdit: true,
    configuration: true,
    workspaceFolders: true,
    workspaceEdit: { documentChanges: true }
  },
  textDocument: {
    synchronization: { didSave: true },
    completion: {
      contextSupport: true,
      completionItem: {
        snippetSupport: true,
        deprecatedSupport: true,
        documentationFormat: FORMATS,
        insertReplaceSupport: true,
        resolveSupport: {
          properties: ['documentation', 'detail', 'additionalTextEdits']
        }
      }
    },
    hover: { contentFormat: FORMATS },
    signatureHelp: {
      contextSupport: true,
      signatureInformation: {
        documentationFormat: FORMATS,
        parameterInformation: { labelOffsetSupport: true },
        activeParameterSupport: true
      }
    },
    definition: { linkSupport: true },
    typeDefinition: { linkSupport: true },
    implementation: { linkSupport: true },
    references: {},
    documentHighlight: {},
    rename: { prepareSupport: true },
    codeAction: {
      codeActionLiteralSupport: {
        codeActionKind: {
          valueSet: ['quickfix', 'refactor', 'source', 'source.organizeImports']
        }
      },
      isPreferredSupport: true,
      dataSupport: true,
      resolveSupport: { properties: ['edit'] }
    },
    documentSymbol: { hierarchicalDocumentSymbolSupport: true },
    publishDiagnostics: {
      tagSupport: { valueSet: [1, 2] },
      versionSupport: true,
      codeDescriptionSupport: true
    }
  }
};
