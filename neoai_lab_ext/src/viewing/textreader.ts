import type { IDisposable } from '@lumino/disposable';
import * as monaco from 'monaco-editor/editor';

import { languageOf } from '../editor/detection';
import type { ILines } from '../editor/fragment';
import { OverflowHost } from '../editor/overflow';
import { editorOptions, type IEditorSettings } from '../editor/settings';
import { FIXED_OPTIONS } from '../editor/view';

export namespace TextReader {
  export interface IOptions {
    /** The element to fill. */
    host: HTMLElement;
    label: string;
    settings: IEditorSettings;
  }
}

/** A text in Monaco that grows at its end and is only read. */
export class TextReader implements IDisposable {
  constructor({ host, label, settings }: TextReader.IOptions) {
    this.model = monaco.editor.createModel('', 'plaintext');
    this._overflow = new OverflowHost(host);
    this.editor = monaco.editor.create(host, {
      ...FIXED_OPTIONS,
      ...editorOptions(settings),
      ...CHEAP,
      model: this.model,
      overflowWidgetsDomNode: this._overflow.node,
      ariaLabel: label
    });
  }

  readonly editor: monaco.editor.IStandaloneCodeEditor;
  readonly model: monaco.editor.ITextModel;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  append(text: string): void {
    const line = this.model.getLineCount();
    const column = this.model.getLineMaxColumn(line);
    const end = new monaco.Range(line, column, line, column);
    this.model.applyEdits([{ range: end, text }]);
  }

  /** Colour the text as its language is; only a text that Monaco copes with whole. */
  color(path: string, mimeTypes: readonly string[]): void {
    const sample = {
      first: this.model.getLineContent(1).slice(0, 1000),
      rest: []
    };
    const known = monaco.languages.getLanguages();
    const id = languageOf(known, path, sample, mimeTypes);
    monaco.editor.setModelLanguage(this.model, id);
  }

  reveal({ start }: ILines): void {
    const line = Math.min(start, this.model.getLineCount());
    this.editor.setPosition({ lineNumber: line, column: 1 });
    this.editor.revealLineInCenter(line, monaco.editor.ScrollType.Immediate);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.editor.dispose();
    this._overflow.dispose();
    this.model.dispose();
  }

  private readonly _overflow: OverflowHost;
  private _isDisposed = false;
}

/** Nothing that looks at more of the text than what is in sight. */
const CHEAP: monaco.editor.IStandaloneEditorConstructionOptions = {
  readOnly: true,
  wordWrap: 'off',
  minimap: { enabled: false },
  folding: false,
  links: false,
  colorDecorators: false,
  occurrencesHighlight: 'off',
  selectionHighlight: false,
  stickyScroll: { enabled: false },
  guides: { indentation: false, bracketPairs: false },
  matchBrackets: 'never',
  bracketPairColorization: { enabled: false },
  unicodeHighlight: {
    ambiguousCharacters: false,
    invisibleCharacters: false,
    nonBasicASCII: false
  },
  wordBasedSuggestions: 'off',
  codeLens: false,
  lightbulb: { enabled: 'off' as monaco.editor.ShowLightbulbIconMode }
};
