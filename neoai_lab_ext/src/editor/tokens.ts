import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import type { IWidgetTracker } from '@jupyterlab/apputils';
import { Token } from '@lumino/coreutils';

import type { MonacoEditor } from './widget';

/** The name of NeoAI's editor in "Open With" and in `docmanager:open {factory}`. */
export const FACTORY = 'NeoAI Editor';

/** A file in Monaco: its `content` has the view, its `context` the file. */
export type NeoAIEditorWidget = IDocumentWidget<
  MonacoEditor,
  DocumentRegistry.ICodeModel
>;

/** Opens files in NeoAI's editor; for citations, problems, diffs and the like. */
export interface INeoAIEditorOpener {
  /** The files that are open in NeoAI's editor. */
  readonly tracker: IWidgetTracker<NeoAIEditorWidget>;

  /** Fetch a part along with Monaco: no editor is ready before it is there, or has failed. */
  fetchWithMonaco(load: () => Promise<unknown>): void;

  /**
   * Open `path` (relative to the server's root) and show `line` to `endLine` (from 1, inclusive),
   * highlighted. Resolves when they are in view; rejects when there is no such file. A file that
   * is not open yet is put beside the others; `mode` says where while there are none. Null: the
   * file is open, but for reading only, because it is large or no text.
   */
  open(
    path: string,
    line?: number,
    endLine?: number,
    mode?: DocumentRegistry.IOpenOptions['mode']
  ): Promise<NeoAIEditorWidget | null>;
}

export const INeoAIEditorOpener = new Token<INeoAIEditorOpener>(
  '@neoai/lab:INeoAIEditorOpener',
  "Opens files at a line in NeoAI's Monaco editor."
);

/** The editor's commands; others may run `openAtLine` and bind keys to any. */
export const CommandIDs = {
  openAtLine: 'neoai:open-at-line',
  toggleDefault: 'neoai:toggle-default-editor',
  openWithJupyterLab: 'neoai:open-with-jupyterlab-editor',
  undo: 'neoai:undo',
  redo: 'neoai:redo',
  goToLine: 'neoai:go-to-line',
  find: 'neoai:find',
  commandPalette: 'neoai:editor-commands',
  toggleWordWrap: 'neoai:toggle-word-wrap',
  toggleMinimap: 'neoai:toggle-minimap',
  toggleWhitespace: 'neoai:toggle-whitespace',
  toggleLineNumbers: 'neoai:toggle-line-numbers',
  toggleBreadcrumbs: 'neoai:toggle-breadcrumbs',
  toggleStickyScroll: 'neoai:toggle-sticky-scroll',
  toggleBracketColors: 'neoai:toggle-bracket-colors',
  toggleFolding: 'neoai:toggle-folding',
  toggleFormatOnSave: 'neoai:toggle-format-on-save',
  toggleTrim: 'neoai:toggle-trim-trailing-whitespace',
  toggleFinalNewline: 'neoai:toggle-final-newline',
  toggleScreenReader: 'neoai:toggle-screen-reader-mode',
  setKeymap: 'neoai:set-keymap',
  goToSymbol: 'neoai:go-to-symbol',
  replace: 'neoai:replace',
  fold: 'neoai:fold',
  unfold: 'neoai:unfold',
  foldAll: 'neoai:fold-all',
  unfoldAll: 'neoai:unfold-all',
  cursorAbove: 'neoai:add-cursor-above',
  cursorBelow: 'neoai:add-cursor-below',
  nextOccurrence: 'neoai:add-next-occurrence',
  allOccurrences: 'neoai:select-all-occurrences',
  toggleComment: 'neoai:toggle-comment',
  tabMovesFocus: 'neoai:toggle-tab-moves-focus',
  accessibilityHelp: 'neoai:editor-accessibility-help',
  splitRight: 'neoai:split-editor-right',
  splitDown: 'neoai:split-editor-down',
  reopenClosed: 'neoai:reopen-closed-editor',
  setLanguage: 'neoai:set-language',
  setIndentation: 'neoai:set-indentation',
  convertIndentation: 'neoai:convert-indentation',
  format: 'neoai:format',
  setLineEndings: 'neoai:set-line-endings',
  reopenWithEncoding: 'neoai:reopen-with-encoding',
  saveWithEncoding: 'neoai:save-with-encoding'
} as const;
