/**
 * Monaco and everything that needs it, as one chunk that is fetched when the first editor opens.
 * Import this file with `import()` only; types may come from anywhere.
 */
import './features';

import type { IThemeManager } from '@jupyterlab/apputils';
import * as monaco from 'monaco-editor/editor';

import { registerMissingLanguages } from './languages';
import { provideSymbols } from './outline';
import { followTheme } from './theme';

export { DiffView } from './diffview';
export { EditorView } from './view';
export { TextReader } from '../viewing/textreader';

(globalThis as { MonacoEnvironment?: monaco.Environment }).MonacoEnvironment = {
  getWorker: () =>
    new Worker(
      new URL('monaco-editor/editor/editor.worker.js', import.meta.url),
      {
        name: 'neoai-editor'
      }
    )
};

registerMissingLanguages(monaco.languages);
provideSymbols();

/** A text's lines as markup in the editor's colours; what is in the text is escaped. */
export async function colorize(
  text: string,
  language: string
): Promise<string[]> {
  const html = await monaco.editor.colorize(text, language, { tabSize: 4 });
  return html.split('<br/>');
}

let isThemed = false;

/** Give Monaco JupyterLab's colours; the first call counts. */
export function useThemes(themes: IThemeManager | null): void {
  if (!isThemed) {
    isThemed = true;
    followTheme(monaco.editor, themes);
  }
}
