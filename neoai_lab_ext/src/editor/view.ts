import type { YFile } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';

import { TextBinding, toModelText } from './binding';
import { SharedCursors } from './cursors';
import type { ILines } from './fragment';
import { languageOf } from './languages';
import { editorOptions, type IEditorSettings } from './settings';
import { SharedUndo } from './undo';

export namespace EditorView {
  export interface IOptions {
    /** The element to fill. */
    host: HTMLElement;
    shared: YFile;
    path: string;
    mimeTypes: readonly string[];
    readOnly: boolean;
    settings: IEditorSettings;
    trans: TranslationBundle;
  }
}

/** One Monaco editor on a shared document, with all that is bound to the two. */
export class EditorView implements IDisposable {
  constructor(options: EditorView.IOptions) {
    const { host, shared, path, settings, trans } = options;
    this._settings = settings;
    const text = toModelText(shared.ysource.toString());
    this.model = monaco.editor.createModel(text, 'plaintext', freeUri(path));
    // All that makes Monaco look at the whole text comes before an editor shows it.
    if (text.length > COLORED_BRACKETS_UP_TO) {
      this.model.updateOptions({ bracketColorizationOptions: PLAIN_BRACKETS });
    }
    this.model.detectIndentation(settings.insertSpaces, settings.tabSize);
    this.setPath(path, options.mimeTypes);
    this._binding = new TextBinding(shared.ysource, this.model);
    this.editor = monaco.editor.create(host, {
      ...FIXED_OPTIONS,
      ...editorOptions(settings),
      model: this.model,
      readOnly: options.readOnly,
      overflowWidgetsDomNode: overflowHost(),
      ariaLabel: trans.__('Text of %1', path)
    });
    this._undo = new SharedUndo(shared, this._binding, this.editor);
    this._cursors = new SharedCursors(
      shared.awareness,
      this._binding,
      this.editor,
      trans.__('Anonymous')
    );
    this._highlight = this.editor.createDecorationsCollection();
    this.editor.onDidChangeCursorPosition(({ position }) => {
      this._cursorMoved.emit({
        line: position.lineNumber,
        column: position.column
      });
    });
  }

  readonly editor: monaco.editor.IStandaloneCodeEditor;
  readonly model: monaco.editor.ITextModel;

  /** Where the cursor went: line and column from 1. */
  get cursorMoved(): ISignal<this, { line: number; column: number }> {
    return this._cursorMoved;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._cursors.dispose();
    this._undo.dispose();
    this._binding.dispose();
    this.editor.dispose();
    this.model.dispose();
    Signal.clearData(this);
  }

  undo(): boolean {
    return this._undo.undo();
  }

  redo(): boolean {
    return this._undo.redo();
  }

  /** Run one of Monaco's own actions, such as `actions.find`, with the keyboard in the editor. */
  run(action: string): void {
    this.editor.focus();
    this.editor.trigger('neoai', action, null);
  }

  /** The file was renamed, or its type became known: colour it accordingly. */
  setPath(path: string, mimeTypes: readonly string[]): void {
    const firstLine = this.model.getLineContent(1).slice(0, 1000);
    const id = languageOf(
      monaco.languages.getLanguages(),
      path,
      firstLine,
      mimeTypes
    );
    monaco.editor.setModelLanguage(this.model, id);
  }

  /** Fill the host; a narrow one keeps its width for the text. */
  fit(): void {
    this.editor.layout();
    const { width } = this.editor.getLayoutInfo();
    const enabled = this._settings.minimap && width >= MINIMAP_FROM_WIDTH;
    this.editor.updateOptions({ minimap: { enabled } });
  }

  setReadOnly(readOnly: boolean): void {
    this.editor.updateOptions({ readOnly });
  }

  updateSettings(settings: IEditorSettings): void {
    this._settings = settings;
    this.editor.updateOptions(editorOptions(settings));
    this.fit();
    this.model.detectIndentation(settings.insertSpaces, settings.tabSize);
  }

  /** Bring `lines` into view, highlighted until the cursor leaves them, the cursor at the first. */
  reveal({ start, end }: ILines): void {
    const last = this.model.getLineCount();
    const range = new monaco.Range(
      Math.min(start, last),
      1,
      Math.min(end, last),
      1
    );
    this._forget?.dispose();
    this.editor.setPosition(range.getStartPosition());
    this.editor.revealRangeInCenter(range, monaco.editor.ScrollType.Immediate);
    this._highlight.set([
      {
        range,
        options: {
          isWholeLine: true,
          className: 'neoai-HighlightedLine',
          overviewRuler: {
            color: { id: 'focusBorder' },
            position: monaco.editor.OverviewRulerLane.Full
          }
        }
      }
    ]);
    this._forget = this.editor.onDidChangeCursorPosition(({ position }) => {
      if (
        position.lineNumber < range.startLineNumber ||
        position.lineNumber > range.endLineNumber
      ) {
        this._highlight.clear();
        this._forget?.dispose();
      }
    });
  }

  private readonly _binding: TextBinding;
  private readonly _cursorMoved = new Signal<
    this,
    { line: number; column: number }
  >(this);
  private readonly _cursors: SharedCursors;
  private readonly _highlight: monaco.editor.IEditorDecorationsCollection;
  private readonly _undo: SharedUndo;
  private _settings: IEditorSettings;
  private _forget: monaco.IDisposable | null = null;
  private _isDisposed = false;
}

const FIXED_OPTIONS: monaco.editor.IStandaloneEditorConstructionOptions = {
  // JupyterLab says when the size changes; Monaco need not watch for it.
  automaticLayout: false,
  // Panels clip what they contain: suggestions and hovers live outside them.
  fixedOverflowWidgets: true,
  // A shadow root would stand outside the element that has the theme's colours.
  useShadowDOM: false,
  // These would be put right silently, and differ from the shared text from then on.
  unusualLineTerminators: 'off',
  unicodeHighlight: { allowedCharacters: { '\ufeff': true } },
  scrollBeyondLastLine: true,
  padding: { top: 4 }
};

/** In pixels: below it a minimap leaves too little for 80 columns. */
const MINIMAP_FROM_WIDTH = 700;

/** In UTF-16 units. Pairing the brackets of 1 MB holds the first sight of it up by 80 ms. */
const COLORED_BRACKETS_UP_TO = 300_000;
const PLAIN_BRACKETS = {
  enabled: false,
  independentColorPoolPerBracketType: false
};

let sharedOverflowHost: HTMLElement | null = null;

/** One element under the page's body for what Monaco shows beyond an editor's borders. */
function overflowHost(): HTMLElement {
  if (!sharedOverflowHost) {
    sharedOverflowHost = document.body.appendChild(
      document.createElement('div')
    );
    sharedOverflowHost.className = 'monaco-editor neoai-EditorOverflow';
  }
  return sharedOverflowHost;
}

/** A `file:` URI for `path` that no other view uses. */
function freeUri(path: string): monaco.Uri {
  for (let view = 1; ; view++) {
    const uri = monaco.Uri.from({
      scheme: 'file',
      path: `/${path.replace(/^\/+/, '')}`,
      query: view > 1 ? `view=${view}` : ''
    });
    if (!monaco.editor.getModel(uri)) {
      return uri;
    }
  }
}
