import type { IThemeManager } from '@jupyterlab/apputils';
import type { editor } from 'monaco-editor/editor';

const NAME = 'neoai';

/** Monaco's colours, and the JupyterLab variables that they follow. */
const COLORS: Record<string, string> = {
  'editor.background': '--jp-layout-color0',
  'editor.foreground': '--jp-content-font-color1',
  'editorCursor.foreground': '--jp-editor-cursor-color',
  'editor.selectionBackground': '--jp-editor-selected-focused-background',
  'editor.inactiveSelectionBackground': '--jp-editor-selected-background',
  'editorLineNumber.foreground': '--jp-ui-font-color3',
  'editorLineNumber.activeForeground': '--jp-ui-font-color1',
  'editorWidget.background': '--jp-layout-color1',
  'editorWidget.foreground': '--jp-ui-font-color1',
  'editorWidget.border': '--jp-border-color1',
  'editorSuggestWidget.background': '--jp-layout-color1',
  'editorHoverWidget.background': '--jp-layout-color1',
  'quickInput.background': '--jp-layout-color1',
  'quickInput.foreground': '--jp-ui-font-color1',
  'minimap.background': '--jp-layout-color0',
  'menu.background': '--jp-layout-color0',
  'menu.border': '--jp-border-color1',
  'menu.foreground': '--jp-ui-font-color0',
  'input.background': '--jp-layout-color0',
  'input.foreground': '--jp-ui-font-color0',
  'input.border': '--jp-border-color1',
  focusBorder: '--jp-brand-color1'
};

/** Kinds of tokens, and the variables by which JupyterLab colours them in notebooks. */
const TOKENS: Record<string, string> = {
  comment: '--jp-mirror-editor-comment-color',
  string: '--jp-mirror-editor-string-color',
  keyword: '--jp-mirror-editor-keyword-color',
  number: '--jp-mirror-editor-number-color',
  tag: '--jp-mirror-editor-tag-color',
  'attribute.name': '--jp-mirror-editor-attribute-color',
  type: '--jp-mirror-editor-def-color'
};

/**
 * A Monaco theme in the colours of JupyterLab's current one, so that any theme, installed later
 * as well, looks right in the editor.
 */
export function themeFromPage(isLight: boolean): editor.IStandaloneThemeData {
  const style = getComputedStyle(document.body);
  const probe = document
    .createElement('canvas')
    .getContext('2d', { willReadFrequently: true })!;
  const colorOf = (variable: string): string | null =>
    toHex(probe, style.getPropertyValue(variable).trim());
  const colors: Record<string, string> = {};
  for (const [name, variable] of Object.entries(COLORS)) {
    const color = colorOf(variable);
    if (color) {
      colors[name] = color;
    }
  }
  const rules: editor.ITokenThemeRule[] = [];
  for (const [token, variable] of Object.entries(TOKENS)) {
    const color = colorOf(variable);
    if (color) {
      rules.push({ token, foreground: color.slice(1, 7) });
    }
  }
  return { base: isLight ? 'vs' : 'vs-dark', inherit: true, colors, rules };
}

/** Any CSS colour as `#rrggbbaa`, the only form that Monaco takes; null when it is none. */
function toHex(probe: CanvasRenderingContext2D, color: string): string | null {
  if (!color || !CSS.supports('color', color)) {
    return null;
  }
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  return `#${[...probe.getImageData(0, 0, 1, 1).data]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('')}`;
}

/** Follow JupyterLab's theme for as long as the page lives. Monaco has one theme for all editors. */
export function followTheme(
  api: typeof editor,
  themes: IThemeManager | null
): void {
  const apply = () => {
    const isLight = document.body.dataset.jpThemeLight !== 'false';
    api.defineTheme(NAME, themeFromPage(isLight));
    api.setTheme(NAME);
  };
  apply();
  // JupyterLab writes the attribute after the new style sheet is in force.
  new MutationObserver(apply).observe(document.body, {
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light']
  });
  themes?.themeChanged.connect(apply);
}
