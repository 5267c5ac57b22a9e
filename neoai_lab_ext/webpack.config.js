// The packages of Vim's and Emacs' keys were written for an older layout of Monaco's package, and
// bare `monaco-editor` would bring all of it once more: they get the Monaco that the editor is.
const path = require('node:path');

const monaco = require.resolve('monaco-editor/editor');
const inMonaco = name => path.join(path.dirname(monaco), name);

module.exports = {
  resolve: {
    alias: {
      'monaco-editor$': monaco,
      'monaco-editor/esm/vs/editor/editor.api$': monaco,
      'monaco-editor/esm/vs/editor/common/commands/shiftCommand$': inMonaco(
        'editor/common/commands/shiftCommand.js'
      )
    }
  }
};
