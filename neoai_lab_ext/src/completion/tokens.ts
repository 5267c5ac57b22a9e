export const PLUGIN_ID = '@neoai/lab:completion';

/** The commands of completion as one types. */
export const CommandIDs = {
  toggle: 'neoai:toggle-completion',
  suggest: 'neoai:suggest-completion',
  acceptWord: 'neoai:accept-suggestion-word',
  acceptLine: 'neoai:accept-suggestion-line',
  dismiss: 'neoai:dismiss-suggestion'
} as const;
