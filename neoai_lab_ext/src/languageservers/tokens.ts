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
