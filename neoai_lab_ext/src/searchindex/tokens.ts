/** The commands of the search index; they work on the current project. */
export const CommandIDs = {
  pause: 'neoai:pause-index',
  rebuild: 'neoai:rebuild-index'
} as const;
