export const PLUGIN_ID = '@neoai/lab:next-edit';

/** The commands on the next edits that are offered. */
export const CommandIDs = {
  go: 'neoai:next-edit',
  skip: 'neoai:skip-next-edit',
  dismiss: 'neoai:dismiss-next-edits',
  toggle: 'neoai:toggle-next-edits'
} as const;
