import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { editor } from 'monaco-editor/editor';

/** The editor's settings; `schema/editor.json` documents them and holds the defaults. */
export interface IEditorSettings {
  defaultEditor: boolean;
  fontSize: number;
  minimap: boolean;
  wordWrap: 'off' | 'on' | 'bounded';
  tabSize: number;
  insertSpaces: boolean;
  lineNumbers: boolean;
  rulers: number[];
  stickyScroll: boolean;
}

export const DEFAULTS: IEditorSettings = {
  defaultEditor: true,
  fontSize: 0,
  minimap: true,
  wordWrap: 'off',
  tabSize: 4,
  insertSpaces: true,
  lineNumbers: true,
  rulers: [],
  stickyScroll: true
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
      style.getPropertyValue('--jp-code-font-family').trim() || 'monospace',
    wordWrap: settings.wordWrap,
    lineNumbers: settings.lineNumbers ? 'on' : 'off',
    rulers: settings.rulers,
    stickyScroll: { enabled: settings.stickyScroll }
  };
}
