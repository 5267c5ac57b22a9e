/** The commands that bring something into a chat, and those on errors of cells. */
export const CommandIDs = {
  addSelection: 'neoai:add-selection-to-chat',
  addCell: 'neoai:add-cell-to-chat',
  addOutput: 'neoai:add-output-to-chat',
  addFile: 'neoai:add-file-to-chat',
  addImage: 'neoai:add-image-to-chat',
  addAddress: 'neoai:add-address-to-chat',
  explainError: 'neoai:explain-error',
  fixError: 'neoai:fix-error'
} as const;

export const PLUGIN_ID = '@neoai/lab:asking';

/** NeoAI among the personas of Jupyter AI. */
export const PERSONA = 'jupyter-ai-personas::neoai_server_ext::NeoAIPersona';
