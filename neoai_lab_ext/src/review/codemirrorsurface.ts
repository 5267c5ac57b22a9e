import {
  Compartment,
  type Extension,
  type Range,
  StateEffect,
  StateField
} from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  EditorView,
  WidgetType
} from '@codemirror/view';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';

import type { IShown, ISurface } from './surface';

/** A node between the lines of a CodeMirror editor, which takes its own keys and clicks. */
export class NodeWidget extends WidgetType {
  constructor(private readonly _node: HTMLElement) {
    super();
  }

  override eq(other: NodeWidget): boolean {
    return other._node === this._node;
  }

  override toDOM(): HTMLElement {
    return this._node;
  }

  override ignoreEvent(): boolean {
    return true;
  }

  override get estimatedHeight(): number {
    return this._node.offsetHeight || -1;
  }
}

/** Hunks in a cell, or in a file in JupyterLab's own editor. */
export class CodeMirrorSurface implements ISurface {
  constructor(
    private readonly _editor: CodeMirrorEditor,
    private readonly _languages: IEditorLanguageRegistry | null
  ) {
    this._marks = new Marks(_editor);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get line(): number {
    return this._editor.getCursorPosition().line;
  }

  show(hunks: readonly IShown[]): void {
    if (!this._isDisposed && !this._editor.isDisposed) {
      this._marks.set(hunks.flatMap(hunk => this._marksOf(hunk)));
    }
  }

  reveal(line: number, lines: number): void {
    const last = this._editor.lineCount - 1;
    this._editor.setCursorPosition({ line: Math.min(line, last), column: 0 });
    this._editor.revealPosition({
      line: Math.min(line + lines, last),
      column: 0
    });
    this._editor.focus();
  }

  paint(node: HTMLElement, text: string): void {
    const mime = this._editor.model.mimeType;
    const language = this._languages?.findByMIME(mime) ?? null;
    if (language && this._languages) {
      const painted = document.createElement('code');
      void this._languages
        .highlight(text, language, painted)
        .then(() => node.replaceChildren(painted));
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._marks.dispose();
    }
  }

  private _marksOf(hunk: IShown): Range<Decoration>[] {
    const { doc } = this._editor.state;
    const found: Range<Decoration>[] = [];
    const first = hunk.line + 1;
    const last = Math.min(hunk.line + hunk.removed, doc.lines);
    for (let line = first; line <= last && !hunk.isStale; line++) {
      found.push(REMOVED.range(doc.line(line).from));
    }
    // Above the text where nothing stands before it.
    const isAbove = hunk.line + hunk.removed === 0;
    const at = isAbove ? 0 : doc.line(Math.max(last, 1)).to;
    const widget = new NodeWidget(hunk.node);
    const side = isAbove ? -1 : 1;
    found.push(Decoration.widget({ widget, block: true, side }).range(at));
    return found;
  }

  private readonly _marks: Marks;
  private _isDisposed = false;
}

/** Decorations of one owner in a CodeMirror editor. */
export class Marks {
  constructor(private readonly _editor: CodeMirrorEditor) {
    const field = StateField.define<DecorationSet>({
      create: () => Decoration.none,
      update: (marks, transaction) => {
        let now = marks.map(transaction.changes);
        for (const effect of transaction.effects) {
          if (effect.is(this._put)) {
            now = Decoration.set(effect.value, true);
          }
        }
        return now;
      },
      provide: of => EditorView.decorations.from(of)
    });
    _editor.injectExtension(this._place.of(field));
  }

  set(marks: Range<Decoration>[]): void {
    this._view.dispatch({ effects: this._put.of(marks) });
  }

  dispose(): void {
    if (!this._editor.isDisposed) {
      const nothing: Extension = [];
      this._view.dispatch({ effects: this._place.reconfigure(nothing) });
    }
  }

  private get _view(): EditorView {
    return this._editor.editor;
  }

  private readonly _place = new Compartment();
  private readonly _put = StateEffect.define<Range<Decoration>[]>();
}

const REMOVED = Decoration.line({ class: 'neoai-RemovedLine' });
