import type { YFile } from '@jupyter/ydoc';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';

import { TextBinding, toModelText } from './binding';
import { SharedCursors } from './cursors';
import type { ILines } from './fragment';
import { KeymapSwitch } from './keymaps';
import { languageOf } from './detection';
import { smallestEdits } from './edits';
import { editorOptions, type IEditorSettings } from './settings';
import { onProvidersChanged, outlineOf } from './outline';
import { OverflowHost } from './overflow';
import type { ISymbol } from './symbols';
import { SharedUndo } from './undo';

/** What is typed within this time is one step of undo, as Yjs has it, in milliseconds. */
const STEP_MS = 500;

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
    /** Save and close the file, for the keys of Vim and Emacs. */
    save: () => Promise<void>;
    close: () => void;
    format: () => void;
  }
}

/** One Monaco editor on a shared document, with all that is bound to the two. */
export class EditorView implements IDisposable {
  constructor(options: EditorView.IOptions) {
    const { host, shared, path, settings, trans } = options;
    this._settings = settings;
    this._shared = shared;
    const text = toModelText(shared.ysource.toString());
    this.model = monaco.editor.createModel(text, 'plaintext', freeUri(path));
    // All that makes Monaco look at the whole text comes before an editor shows it.
    this._colorBrackets();
    this.model.detectIndentation(settings.insertSpaces, settings.tabSize);
    this.setPath(path, options.mimeTypes);
    this._binding = new TextBinding(shared.ysource, this.model);
    this._overflow = new OverflowHost(host);
    this.editor = monaco.editor.create(host, {
      ...FIXED_OPTIONS,
      ...editorOptions(settings),
      model: this.model,
      readOnly: options.readOnly,
      overflowWidgetsDomNode: this._overflow.node,
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
    const changed = () => this._statusChanged.emit();
    this.editor.onDidChangeCursorSelection(changed);
    this.model.onDidChangeLanguage(changed);
    const symbolsChanged = () => this._symbolsChanged.emit();
    this.model.onDidChangeLanguage(symbolsChanged);
    this._listener = onProvidersChanged(symbolsChanged);
    this.model.onDidChangeOptions(changed);
    this._keymap = new KeymapSwitch(this.editor, host, {
      save: options.save,
      close: options.close,
      endStep: () => shared.undoManager.stopCapturing(),
      holdStep: isHeld => {
        shared.undoManager.captureTimeout = isHeld ? Infinity : STEP_MS;
      }
    });
    this._keymap.use(settings.keymap);
    this.editor.addAction({
      id: 'neoai.format',
      label: trans.__('Format File'),
      keybindings: [
        monaco.KeyMod.Shift | monaco.KeyMod.Alt | monaco.KeyCode.KeyF
      ],
      contextMenuGroupId: '1_modification',
      run: options.format
    });
  }

  readonly editor: monaco.editor.IStandaloneCodeEditor;
  readonly model: monaco.editor.ITextModel;

  /** Where the cursor went: line and column from 1. */
  get cursorMoved(): ISignal<this, { line: number; column: number }> {
    return this._cursorMoved;
  }

  /** The selection, the language or the indentation is another one now. */
  get statusChanged(): ISignal<this, void> {
    return this._statusChanged;
  }

  /** Ask for the symbols again: the language, or who knows its symbols, is another one. */
  get symbolsChanged(): ISignal<this, void> {
    return this._symbolsChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._keymap.dispose();
    this._listener.dispose();
    this._cursors.dispose();
    this._undo.dispose();
    this._binding.dispose();
    this.editor.dispose();
    this._overflow.dispose();
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

  /**
   * Run something by Ctrl+K, or Ctrl+Alt+K where that is taken, and then another key; also listed
   * among the editor's commands.
   */
  addChord(
    id: string,
    label: string,
    key: keyof typeof monaco.KeyCode,
    run: () => void
  ): void {
    const { Alt, chord, CtrlCmd } = monaco.KeyMod;
    const lead = CtrlCmd | monaco.KeyCode.KeyK;
    const keybindings = [lead, lead | Alt].map(first =>
      chord(first, monaco.KeyCode[key])
    );
    this.editor.addAction({ id, label, keybindings, run });
  }

  /** The file was renamed, or its type became known: colour it accordingly. */
  setPath(path: string, mimeTypes: readonly string[]): void {
    const lines = this.model.getLineCount();
    const known = monaco.languages.getLanguages();
    const sample = {
      first: this.model.getLineContent(1).slice(0, 1000),
      rest: [2, 3, 4, 5, lines - 4, lines - 3, lines - 2, lines - 1, lines]
        .filter(line => line > 1 && line <= lines)
        .map(line => this.model.getLineContent(line).slice(0, 1000))
    };
    const id = languageOf(known, path, sample, mimeTypes);
    monaco.editor.setModelLanguage(this.model, id);
  }

  /** The languages that a file can be shown in, by name. */
  get languages(): { id: string; name: string }[] {
    return monaco.languages
      .getLanguages()
      .map(({ id, aliases }) => ({ id, name: aliases?.[0] ?? id }))
      .sort((one, other) => one.name.localeCompare(other.name));
  }

  /** Show the file in another language, until it is renamed. */
  setLanguage(id: string): void {
    monaco.editor.setModelLanguage(this.model, id);
  }

  /** Indent with spaces or tabs from now on, whatever the file shows. */
  setIndentation(insertSpaces: boolean, tabSize: number): void {
    this._isIndentationChosen = true;
    this.model.updateOptions({ insertSpaces, tabSize, indentSize: tabSize });
  }

  /** The symbols of the file, in order: a language server's where there is one. */
  symbols(): Promise<ISymbol[]> {
    return outlineOf(this.model);
  }

  /** Put the cursor at the first word of a line, in view, with the keyboard in the text. */
  goTo(line: number): void {
    const lineNumber = Math.min(line, this.model.getLineCount());
    const column = this.model.getLineFirstNonWhitespaceColumn(lineNumber) || 1;
    this.editor.setPosition({ lineNumber, column });
    this.editor.revealLineInCenterIfOutsideViewport(lineNumber);
    this.editor.focus();
  }

  /** Make the text `text` where it differs, as one step that one undo takes back. */
  replaceText(text: string): void {
    const edits = smallestEdits(this.model.getValue(), toModelText(text));
    if (edits.length === 0) {
      return;
    }
    this._step(
      edits.map(({ offset, length, text }) => ({
        range: monaco.Range.fromPositions(
          this.model.getPositionAt(offset),
          this.model.getPositionAt(offset + length)
        ),
        text
      }))
    );
  }

  /** Put `text` in the place of a range, as one step that one undo takes back. */
  replaceRange(range: monaco.IRange, text: string): void {
    this._step([{ range, text: toModelText(text) }]);
  }

  private _step(edits: monaco.editor.IIdentifiedSingleEditOperation[]): void {
    this._shared.undoManager.stopCapturing();
    this.editor.pushUndoStop();
    this.editor.executeEdits('neoai', edits);
    this.editor.pushUndoStop();
    this._shared.undoManager.stopCapturing();
  }

  /** Fill the host; a narrow one keeps its width for the text. */
  fit(): void {
    this.editor.layout();
    const { width } = this.editor.getLayoutInfo();
    const enabled = this._settings.minimap && width >= MINIMAP_FROM_WIDTH;
    this.editor.updateOptions({ minimap: { enabled } });
  }

  get isReadOnly(): boolean {
    return this.editor.getRawOptions().readOnly === true;
  }

  setReadOnly(readOnly: boolean): void {
    this.editor.updateOptions({ readOnly });
  }

  updateSettings(settings: IEditorSettings): void {
    this._settings = settings;
    this.editor.updateOptions(editorOptions(settings));
    this._keymap.use(settings.keymap);
    this._colorBrackets();
    this.fit();
    if (!this._isIndentationChosen) {
      this.model.detectIndentation(settings.insertSpaces, settings.tabSize);
    }
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

  private _colorBrackets(): void {
    const enabled =
      this._settings.bracketColors &&
      this.model.getValueLength() <= COLORED_BRACKETS_UP_TO;
    this.model.updateOptions({
      bracketColorizationOptions: {
        enabled,
        independentColorPoolPerBracketType: false
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
  private readonly _keymap: KeymapSwitch;
  private readonly _listener: monaco.IDisposable;
  private readonly _overflow: OverflowHost;
  private readonly _shared: YFile;
  private readonly _statusChanged = new Signal<this, void>(this);
  private readonly _symbolsChanged = new Signal<this, void>(this);
  private readonly _undo: SharedUndo;
  private _isIndentationChosen = false;
  private _settings: IEditorSettings;
  private _forget: monaco.IDisposable | null = null;
  private _isDisposed = false;
}

export const FIXED_OPTIONS: monaco.editor.IStandaloneEditorConstructionOptions =
  {
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
