/** The commands of the server's life under a hub. */
export const CommandIDs = {
  show: 'neoai:show-server-end',
  keep: 'neoai:keep-working'
} as const;
