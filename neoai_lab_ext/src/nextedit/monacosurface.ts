import '../editor/features';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';

import type { NeoAIEditorWidget } from '../editor';
import type { EditorView } from '../editor/view';
import type { INeoAILanguageServers, ISymbolPlace } from '../languageservers';
import { MonacoHint } from './monacohint';
import { Naming } from './naming';
import type { IPosition, IRange } from './offers';
import {
  FOLLOWED,
  type IEditing,
  type INaming,
  type IShown,
  type ISurface
} from './surface';

/** Keys do something only where nothing else is shown that they are for. */
const ALONE =
  'editorTextFocus && !editorReadonly && !suggestWidgetVisible && !inlineSuggestionVisible';
const TAB = `neoaiNextEditTab && ${ALONE} && !editorTabMovesFocus && !inSnippetMode && !editorHasSelection && !editorHasMultipleSelections`;
const ESCAPE = `neoaiNextEdit && ${ALONE} && !findWidgetVisible && !editorHasMultipleSelections && !parameterHintsVisible`;

export interface IActions {
  go: () => void;
  skip: () => void;
  dismiss: () => void;
}

export interface IMonacoOptions extends IActions {
  app: JupyterFrontEnd;
  widget: NeoAIEditorWidget;
  view: EditorView;
  servers: INeoAILanguageServers | null;
  trans: TranslationBundle;
}

/** A file in Monaco. */
export class MonacoSurface implements ISurface {
  constructor(private readonly _options: IMonacoOptions) {
    const { view, go, widget } = _options;
    widget.content.addClass(FOLLOWED);
    const { editor, model } = view;
    this._hint = new MonacoHint(editor, go);
    this._isOffered = editor.createContextKey('neoaiNextEdit', false);
    this._takesTab = editor.createContextKey('neoaiNextEditTab', false);
    const moved = () => this.moved.emit();
    this._listeners = [
      model.onDidChangeContent(event => this._onChange(event)),
      editor.onDidChangeCursorPosition(event => {
        this._remember(event.position);
        moved();
      }),
      editor.onDidScrollChange(moved),
      editor.onDidFocusEditorText(() => {
        this._remember(editor.getPosition());
        moved();
      })
    ];
    this._addKeys();
    model.onWillDispose(() => this.dispose());
  }

  readonly edited = new Signal<this, IEditing>(this);
  readonly moved = new Signal<this, void>(this);
  readonly named = new Signal<this, INaming>(this);

  get path(): string {
    return this._options.widget.context.localPath;
  }

  get language(): string {
    return this._model.getLanguageId();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get isInFront(): boolean {
    const { app, widget } = this._options;
    return app.shell.currentWidget === widget;
  }

  get isReadOnly(): boolean {
    return this._options.view.isReadOnly;
  }

  /** The list of names comes by itself, and has the key while it is shown. */
  readonly suggestsAtTab = false;

  get isUnsaved(): boolean {
    return this._options.widget.context.model.dirty;
  }

  get length(): number {
    return this._model.getValueLength();
  }

  get cursor(): IPosition | null {
    return this._options.view.editor.getPosition();
  }

  text(): string {
    return this._model.getValue();
  }

  lineAt(lineNumber: number): string {
    return this._model.getLineContent(lineNumber);
  }

  textIn(range: IRange): string {
    return this._model.getValueInRange(range);
  }

  isInView({ startLineNumber: line }: IRange): boolean {
    return this._options.view.editor
      .getVisibleRanges()
      .some(
        ({ startLineNumber, endLineNumber }) =>
          startLineNumber <= line && line <= endLineNumber
      );
  }

  placeName({ startLineNumber }: IRange, name: string): string {
    return name
      ? `${name}:${startLineNumber}`
      : this._options.trans.__('line %1', startLineNumber);
  }

  show(shown: IShown): void {
    this._isOffered.set(shown.hint !== null);
    this._takesTab.set(shown.takesTab);
    this._hint.show(shown, this.path);
  }

  async goTo(position: IPosition): Promise<void> {
    const { editor } = this._options.view;
    editor.setPosition(position);
    editor.revealPositionInCenterIfOutsideViewport(position);
    editor.focus();
  }

  activate(): void {
    this._options.app.shell.activateById(this._options.widget.id);
  }

  replace(range: IRange, old: string, text: string): boolean {
    if (this.isReadOnly || this.textIn(range) !== old) {
      return false;
    }
    this._options.view.replaceRange(monaco.Range.lift(range), text);
    return true;
  }

  definitions(place: ISymbolPlace): Promise<ISymbolPlace[] | null> {
    const { servers, widget } = this._options;
    return servers?.definitions(widget, place) ?? Promise.resolve(null);
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._listeners.forEach(listener => listener.dispose());
      this._hint.dispose();
      Signal.clearData(this);
    }
  }

  private get _model(): monaco.editor.ITextModel {
    return this._options.view.model;
  }

  private _addKeys(): void {
    const { view, trans, go, skip, dismiss } = this._options;
    const { KeyCode, KeyMod } = monaco;
    const keys = [
      {
        id: 'neoai.nextEdit',
        label: trans.__('Go to or Accept the Next Edit'),
        keybindings: [KeyCode.Tab],
        precondition: TAB,
        run: go
      },
      {
        id: 'neoai.skipNextEdit',
        label: trans.__('Skip the Next Edit'),
        keybindings: [KeyMod.Alt | KeyCode.KeyS],
        precondition: 'neoaiNextEdit',
        run: skip
      },
      {
        id: 'neoai.dismissNextEdits',
        label: trans.__('Dismiss the Next Edits'),
        keybindings: [KeyCode.Escape],
        precondition: ESCAPE,
        run: dismiss
      }
    ];
    for (const { precondition, ...action } of keys) {
      view.editor.addAction({ ...action, keybindingContext: precondition });
    }
  }

  private _onChange(event: monaco.editor.IModelContentChangedEvent): void {
    const isMine = this._options.view.editor.hasTextFocus() && !event.isFlush;
    const [change, ...more] = event.changes;
    if (isMine && change && more.length === 0) {
      this._name(change);
    }
    this._remember(this._options.view.editor.getPosition());
    this.edited.emit({ changes: event.changes, isMine });
  }

  /** Ask for the references of what is renamed, or gets other parameters, while the server knows it. */
  private _name(change: monaco.editor.IModelContentChange): void {
    const { servers, widget } = this._options;
    const line = this._line;
    const isKnown = line.lineNumber === change.range.startLineNumber;
    const before = isKnown ? line.text : null;
    const named =
      this._naming.begun(before, change) ??
      this._naming.signed(before, change, number => this.lineAt(number));
    if (named && servers) {
      const { name, lineNumber } = named;
      // Once all who listen to this edit have heard of it.
      const places = Promise.resolve().then(() =>
        servers.referencesBefore(widget, named, line)
      );
      this.named.emit({ name, lineNumber, places });
    }
  }

  /** What stands in the line of the cursor, before it is edited. */
  private _remember(position: monaco.IPosition | null): void {
    if (!position || position.lineNumber > this._model.getLineCount()) {
      return;
    }
    const { lineNumber } = position;
    if (lineNumber !== this._line.lineNumber) {
      this._naming.reset();
    }
    this._line = { lineNumber, text: this._model.getLineContent(lineNumber) };
  }

  private readonly _hint: MonacoHint;
  private readonly _isOffered: monaco.editor.IContextKey<boolean>;
  private readonly _takesTab: monaco.editor.IContextKey<boolean>;
  private readonly _listeners: monaco.IDisposable[];
  private readonly _naming = new Naming();
  private _isDisposed = false;
  private _line = { lineNumber: 0, text: '' };
}
