/** The commands that let a model change what one is in. */
export const CommandIDs = {
  edit: 'neoai:edit-in-place',
  editFiles: 'neoai:edit-files'
} as const;
