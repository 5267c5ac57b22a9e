/** The commands of finding. */
export const CommandIDs = {
  quickOpen: 'neoai:quick-open',
  search: 'neoai:search-project',
  replace: 'neoai:replace-in-project',
  undoReplace: 'neoai:undo-replace-in-project'
} as const;
