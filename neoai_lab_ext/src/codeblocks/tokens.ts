/** What can be done with a code block of a chat. */
export type Action = 'copy' | 'insert' | 'cell' | 'run' | 'apply';

export const PLUGIN_ID = '@neoai/lab:code-blocks';
