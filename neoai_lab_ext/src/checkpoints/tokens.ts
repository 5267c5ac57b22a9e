/** The commands on history; `path` names a file, by default the one in front. */
export const CommandIDs = {
  showHistory: 'neoai:show-history',
  createCheckpoint: 'neoai:create-checkpoint',
  compareWithSaved: 'neoai:compare-with-saved',
  compareWithFile: 'neoai:compare-with-file',
  compareWithHead: 'neoai:compare-with-head',
  nextChange: 'neoai:next-change',
  previousChange: 'neoai:previous-change'
} as const;
