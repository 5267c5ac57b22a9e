/** The commands of the usage. */
export const CommandIDs = {
  show: 'neoai:show-usage'
} as const;
