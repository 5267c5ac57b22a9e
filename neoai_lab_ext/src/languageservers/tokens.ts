import { Token } from '@lumino/coreutils';

import type { NeoAIEditorWidget } from '../editor';

/** The commands of language servers and of the list of problems. */
export const CommandIDs = {
  restart: 'neoai:restart-language-server',
  showLog: 'neoai:show-language-server-log',
  toggleLanguage: 'neoai:toggle-language-server',
  toggle: 'neoai:toggle-language-servers',
  showProblems: 'neoai:show-problems',
  nextProblem: 'neoai:next-problem',
  previousProblem: 'neoai:previous-problem',
  goToDefinition: 'neoai:go-to-definition',
  peekReferences: 'neoai:peek-references',
  rename: 'neoai:rename-symbol',
  quickFix: 'neoai:quick-fix'
} as const;

/** What is known of the language server of a file. */
export interface IServerState {
  /** `none`: there is none for the language; `off`: the settings say so. */
  readonly status: 'none' | 'off' | 'starting' | 'ready' | 'failed';
  /** The language's name for people, and the server's. */
  readonly language: string;
  readonly server: string;
  /** Why, where it is not ready. */
  readonly reason: string;
}

/** Where a name stands: line and column from 1, the end excluded. */
export interface ISymbolPlace {
  /** Relative to the server's root. */
  readonly path: string;
  readonly startLineNumber: number;
  readonly startColumn: number;
  readonly endLineNumber: number;
  readonly endColumn: number;
}

/** What language servers know of names. Null where none is asked, or it does not answer. */
export interface INeoAILanguageServers {
  /**
   * Where what is named at a place of a file stands, there included. To be called at once after an
   * edit of one line: `edited` is that line before it, and the answer that of then.
   */
  referencesBefore(
    widget: NeoAIEditorWidget,
    place: { lineNumber: number; column: number },
    edited: { lineNumber: number; text: string }
  ): Promise<ISymbolPlace[] | null>;

  /** Where what stands at a place of a file of `widget`'s project is defined. */
  definitions(
    widget: NeoAIEditorWidget,
    place: ISymbolPlace
  ): Promise<ISymbolPlace[] | null>;
}

export const INeoAILanguageServers = new Token<INeoAILanguageServers>(
  '@neoai/lab:INeoAILanguageServers',
  "What language servers know of names in NeoAI's editor."
);
