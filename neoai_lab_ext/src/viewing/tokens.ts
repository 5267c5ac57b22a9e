/** The name of the read-only view in "Open With" and in `docmanager:open {factory}`. */
export const FACTORY = 'NeoAI Read-Only View';

/** The name of the model that holds nothing of its file. */
export const MODEL = 'neoai-bytes';

export const PLUGIN_ID = '@neoai/lab:viewing';
