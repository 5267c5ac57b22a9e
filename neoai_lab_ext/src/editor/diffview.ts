import type { IDisposable } from '@lumino/disposable';
import * as monaco from 'monaco-editor/editor';

import { toModelText } from './binding';
import { OverflowHost } from './overflow';
import { editorOptions, type IEditorSettings } from './settings';
import { type EditorView, FIXED_OPTIONS } from './view';

export namespace DiffView {
  export interface IOptions {
    /** The element to fill. */
    host: HTMLElement;
    /** The older text, at the left. */
    original: string;
    /** The file's own editor: its text is the right side, and edits there are edits of the file. */
    view: EditorView;
    settings: IEditorSettings;
    originalLabel: string;
    modifiedLabel: string;
    nextLabel: string;
    previousLabel: string;
  }
}

/** Two texts beside each other in Monaco, the right one the shared document itself. */
export class DiffView implements IDisposable {
  constructor(options: DiffView.IOptions) {
    const { host, view, settings } = options;
    const modified = view.model;
    this._original = monaco.editor.createModel(
      toModelText(options.original),
      modified.getLanguageId()
    );
    this._overflow = new OverflowHost(host);
    this.editor = monaco.editor.createDiffEditor(host, {
      ...FIXED_OPTIONS,
      ...editorOptions(settings),
      overflowWidgetsDomNode: this._overflow.node,
      minimap: { enabled: false },
      stickyScroll: { enabled: false },
      originalAriaLabel: options.originalLabel,
      modifiedAriaLabel: options.modifiedLabel,
      originalEditable: false,
      readOnly: view.editor.getOption(monaco.editor.EditorOption.readOnly),
      ignoreTrimWhitespace: false,
      // Below it, in pixels, the texts stand as one whatever was chosen.
      renderSideBySideInlineBreakpoint: 500,
      // A long file's changes are worth some waiting: the worker finds them, not the page.
      maxComputationTime: 10_000
    });
    this.editor.setModel({ original: this._original, modified });
    this._addKeys(options);
    this._listeners = [
      // Closing the file takes the model away before the comparison goes.
      modified.onWillDispose(() => this.editor.setModel(null)),
      modified.onDidChangeLanguage(({ newLanguage }) =>
        monaco.editor.setModelLanguage(this._original, newLanguage)
      ),
      view.editor.onDidChangeConfiguration(event => {
        const { readOnly } = monaco.editor.EditorOption;
        if (event.hasChanged(readOnly)) {
          this.editor.updateOptions({
            readOnly: view.editor.getOption(readOnly)
          });
        }
      })
    ];
  }

  readonly editor: monaco.editor.IStandaloneDiffEditor;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** How many changes there are; null while they are being looked for. */
  get changes(): number | null {
    return this.editor.getLineChanges()?.length ?? null;
  }

  /** Put another text at the left. */
  setOriginal(text: string): void {
    this._original.setValue(toModelText(text));
  }

  show(sideBySide: boolean, ignoreWhitespace: boolean): void {
    this.editor.updateOptions({
      renderSideBySide: sideBySide,
      ignoreTrimWhitespace: ignoreWhitespace
    });
  }

  /** Go to a change; from the last one to the first. */
  go(target: 'next' | 'previous'): void {
    this.editor.goToDiff(target);
    this.focus();
  }

  focus(): void {
    this.editor.getModifiedEditor().focus();
  }

  fit(): void {
    this.editor.layout();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const listener of this._listeners) {
      listener.dispose();
    }
    this.editor.setModel(null);
    this.editor.dispose();
    this._overflow.dispose();
    this._original.dispose();
  }

  private _addKeys(options: DiffView.IOptions): void {
    const { F7 } = monaco.KeyCode;
    const both = [
      this.editor.getOriginalEditor(),
      this.editor.getModifiedEditor()
    ];
    for (const editor of both) {
      editor.addAction({
        id: 'neoai.nextChange',
        label: options.nextLabel,
        keybindings: [F7],
        run: () => this.go('next')
      });
      editor.addAction({
        id: 'neoai.previousChange',
        label: options.previousLabel,
        keybindings: [monaco.KeyMod.Shift | F7],
        run: () => this.go('previous')
      });
    }
  }

  private readonly _listeners: monaco.IDisposable[];
  private readonly _original: monaco.editor.ITextModel;
  private readonly _overflow: OverflowHost;
  private _isDisposed = false;
}
