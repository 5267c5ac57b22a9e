import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { editor } from 'monaco-editor/editor';

export type Keymap = 'default' | 'vim' | 'emacs';

/** The editor's settings; `schema/editor.json` documents them and holds the defaults. */
export interface IEditorSettings {
  defaultEditor: boolean;
  fontSize: number;
  fontFamily: string;
  fontLigatures: boolean;
  minimap: boolean;
  wordWrap: 'off' | 'on' | 'bounded';
  tabSize: number;
  insertSpaces: boolean;
  lineNumbers: boolean;
  rulers: number[];
  stickyScroll: boolean;
  renderWhitespace: 'none' | 'boundary' | 'selection' | 'trailing' | 'all';
  bracketColors: boolean;
  folding: boolean;
  cursorStyle:
    | 'line'
    | 'line-thin'
    | 'block'
    | 'block-outline'
    | 'underline'
    | 'underline-thin';
  breadcrumbs: boolean;
  keymap: Keymap;
  formatOnSave: boolean;
  trimTrailingWhitespace: boolean;
  insertFinalNewline: boolean;
  accessibilitySupport: 'auto' | 'on' | 'off';
  languageServers: boolean;
  languageServersOff: string[];
  languageServerChoice: Record<string, string>;
  suggestWhileTyping: boolean;
  suggestOnEnter: boolean;
  parameterHints: boolean;
}

export const DEFAULTS: IEditorSettings = {
  defaultEditor: true,
  fontSize: 0,
  fontFamily: '',
  fontLigatures: false,
  minimap: true,
  wordWrap: 'off',
  tabSize: 4,
  insertSpaces: true,
  lineNumbers: true,
  rulers: [],
  stickyScroll: true,
  renderWhitespace: 'selection',
  bracketColors: true,
  folding: true,
  cursorStyle: 'line',
  breadcrumbs: true,
  keymap: 'default',
  formatOnSave: false,
  trimTrailingWhitespace: false,
  insertFinalNewline: false,
  accessibilitySupport: 'auto',
  languageServers: true,
  languageServersOff: [],
  languageServerChoice: {},
  suggestWhileTyping: true,
  suggestOnEnter: true,
  parameterHints: true
};

/** The settings in force; what the schema could not check is replaced by its default. */
export function readSettings(
  settings: ISettingRegistry.ISettings
): IEditorSettings {
  return { ...DEFAULTS, ...(settings.composite as Partial<IEditorSettings>) };
}

/** Monaco's options for `settings`. A font size of 0 means JupyterLab's own. */
export function editorOptions(
  settings: IEditorSettings
): editor.IEditorOptions {
  const style = getComputedStyle(document.body);
  const themeSize =
    parseFloat(style.getPropertyValue('--jp-code-font-size')) || 13;
  return {
    fontSize: settings.fontSize > 0 ? settings.fontSize : themeSize,
    fontFamily:
      settings.fontFamily.trim() ||
      style.getPropertyValue('--jp-code-font-family').trim() ||
      'monospace',
    fontLigatures: settings.fontLigatures,
    wordWrap: settings.wordWrap,
    lineNumbers: settings.lineNumbers ? 'on' : 'off',
    rulers: settings.rulers,
    stickyScroll: { enabled: settings.stickyScroll },
    renderWhitespace: settings.renderWhitespace,
    folding: settings.folding,
    cursorStyle: settings.cursorStyle,
    accessibilitySupport: settings.accessibilitySupport,
    quickSuggestions: settings.suggestWhileTyping,
    suggestOnTriggerCharacters: settings.suggestWhileTyping,
    acceptSuggestionOnEnter: settings.suggestOnEnter ? 'on' : 'off',
    parameterHints: { enabled: settings.parameterHints }
  };
}
