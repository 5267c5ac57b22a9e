/** The commands of previews. */
export const CommandIDs = {
  open: 'neoai:open-preview',
  openToSide: 'neoai:open-preview-to-side',
  openSource: 'neoai:open-preview-source'
} as const;

export const PLUGIN_ID = '@neoai/lab:previews';
