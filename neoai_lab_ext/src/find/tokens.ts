/** The commands of finding. */
export const CommandIDs = {
  quickOpen: 'neoai:quick-open'
} as const;
