import type { TranslationBundle } from '@jupyterlab/translation';
import * as monaco from 'monaco-editor/editor';

import type { NeoAIEditorWidget } from '../editor';
import type { EditorView } from '../editor/view';
import { LONGEST } from './asking';
import { Hint } from './hint';
import { endOf, type IOffer, type Offers } from './offers';
import type { Recents } from './recents';

/** Keys do something only where nothing else is shown that they are for. */
const ALONE =
  'editorTextFocus && !editorReadonly && !suggestWidgetVisible && !inlineSuggestionVisible';
const TAB = `neoaiNextEditTab && ${ALONE} && !editorTabMovesFocus && !inSnippetMode && !editorHasSelection && !editorHasMultipleSelections`;
const ESCAPE = `neoaiNextEdit && ${ALONE} && !findWidgetVisible && !editorHasMultipleSelections && !parameterHintsVisible`;

export namespace Follower {
  export interface IOptions {
    widget: NeoAIEditorWidget;
    view: EditorView;
    offers: Offers;
    recents: Recents;
    trans: TranslationBundle;
    /** The file's path, relative to the server's root. */
    path: () => string;
    isInFront: () => boolean;
    /** Whether it is this editor, of several of a file, that tells of edits. */
    isFirst: () => boolean;
    /** Whether what is offered is being put in its place. */
    isAccepting: () => boolean;
    /** The user has edited the text. */
    edited: () => void;
    go: () => void;
    skip: () => void;
    dismiss: () => void;
  }
}

/** One editor: what is edited in it, and what it shows of the places that are offered. */
export class Follower {
  constructor(private readonly _options: Follower.IOptions) {
    const { view, offers, trans, go } = _options;
    const { editor, model } = view;
    this._hint = new Hint(editor, offers, trans, go);
    this._isOffered = editor.createContextKey('neoaiNextEdit', false);
    this._takesTab = editor.createContextKey('neoaiNextEditTab', false);
    this.settle();
    const show = () => this.show();
    offers.changed.connect(show);
    this._listeners = [
      model.onDidChangeContent(event => this._onChange(event)),
      editor.onDidChangeCursorPosition(show),
      editor.onDidScrollChange(show),
      editor.onDidFocusEditorText(show),
      { dispose: () => offers.changed.disconnect(show) }
    ];
    this._addKeys();
    model.onWillDispose(() => this.dispose());
  }

  get widget(): NeoAIEditorWidget {
    return this._options.widget;
  }

  get path(): string {
    return this._options.path();
  }

  get model(): monaco.editor.ITextModel {
    return this._options.view.model;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The text as it is now is what later edits are compared with. */
  settle(): void {
    this._text =
      this.model.getValueLength() <= LONGEST ? this.model.getValue() : null;
  }

  /** Show what is offered now. */
  show(): void {
    if (this._isDisposed || this.model.isDisposed()) {
      return;
    }
    const { offers, isInFront } = this._options;
    const { current } = offers;
    const isOffered = current !== null && isInFront();
    this._isOffered.set(isOffered);
    this._takesTab.set(isOffered && !this._isIndenting(current));
    this._hint.show(this.path, isInFront());
  }

  /** Whether the cursor is in the line of a place. */
  isAt({ path, range }: IOffer): boolean {
    const line = this._options.view.editor.getPosition()?.lineNumber ?? 0;
    return (
      path === this.path &&
      range.startLineNumber <= line &&
      line <= range.endLineNumber
    );
  }

  /** Put the cursor behind a place, within parentheses that are to be filled in, in view. */
  goTo({ range, old, new: text }: IOffer): void {
    const { editor } = this._options.view;
    const { lineNumber, column } = endOf(range);
    const isInside = text === null && old.endsWith(')');
    editor.setPosition({ lineNumber, column: column - (isInside ? 1 : 0) });
    editor.revealPositionInCenterIfOutsideViewport({ lineNumber, column });
    editor.focus();
  }

  /** Put what is offered in its place, as one step of undo; false where something else is there. */
  accept(offer: IOffer): boolean {
    const { view } = this._options;
    if (
      offer.new === null ||
      view.isReadOnly ||
      this.model.getValueInRange(offer.range) !== offer.old
    ) {
      return false;
    }
    view.replaceRange(offer.range, offer.new);
    return true;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._listeners.forEach(listener => listener.dispose());
    this._hint.dispose();
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

  /** Where Tab indents: at the beginning of a line other than the place's. */
  private _isIndenting(offer: IOffer): boolean {
    const cursor = this._options.view.editor.getPosition();
    if (!cursor || this.isAt(offer)) {
      return false;
    }
    const line = this.model.getLineContent(cursor.lineNumber);
    return line.slice(0, cursor.column - 1).trim() === '';
  }

  private _onChange(event: monaco.editor.IModelContentChangedEvent): void {
    const { view, offers, recents, edited } = this._options;
    const isAccepting = this._options.isAccepting();
    const isMine = isAccepting || view.editor.hasTextFocus();
    if (isMine && this._text !== null && !event.isFlush) {
      recents.note(this.path, this._text);
    }
    const isEdited = recents.before(this.path) !== null;
    if (!isEdited) {
      this.settle();
    }
    if (isAccepting) {
      return;
    }
    if (this._options.isFirst()) {
      offers.edited(this.path, event.changes);
    }
    if (isMine && isEdited) {
      edited();
    }
  }

  private readonly _hint: Hint;
  private readonly _isOffered: monaco.editor.IContextKey<boolean>;
  private readonly _takesTab: monaco.editor.IContextKey<boolean>;
  private readonly _listeners: monaco.IDisposable[];
  private _isDisposed = false;
  /** The text up to the latest edits; null where it is too long. */
  private _text: string | null = null;
}
