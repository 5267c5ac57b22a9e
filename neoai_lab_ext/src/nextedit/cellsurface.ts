import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';

import type { ISymbolPlace } from '../languageservers';
import {
  CellText,
  changeBetween,
  type ICellPlace,
  isInLanguage,
  offsetAt,
  writing
} from './celltext';
import { CodeMirrorHints } from './codemirrorhints';
import { endOf, type IPosition, type IRange, startOf } from './offers';
import { FOLLOWED, type IEditing, type IShown, type ISurface } from './surface';

/** As much of a cell, or of a file, as is needed here. */
interface IPiece {
  readonly index: number;
  /** The cell's, or the file's. */
  readonly model: unknown;
  readonly isEditable: boolean;
  readonly shared: ISharedSource;
  /** Null while the cell is not drawn. */
  readonly editor: CodeMirrorEditor | null;
}

interface ISharedSource {
  readonly undoManager: { stopCapturing(): void };
  getSource(): string;
  updateSource(start: number, end: number, value: string): void;
}

export interface ICellOptions {
  app: JupyterFrontEnd;
  widget: IDocumentWidget;
  go: () => void;
  trans: TranslationBundle;
}

/** What CodeMirror shows: the code of a notebook's cells, or a file in JupyterLab's own editor. */
export class CellSurface implements ISurface {
  constructor(private readonly _options: ICellOptions) {
    const { widget, go } = _options;
    const { content, context } = widget;
    this._hints = new CodeMirrorHints(go, () => this.moved.emit());
    this._text = this._read();
    content.addClass(FOLLOWED);
    context.model.contentChanged.connect(this._onChange, this);
    this._notebook?.activeCellChanged.connect(this._onMoved, this);
    content.node.addEventListener('scroll', this._onScroll, true);
    widget.disposed.connect(this.dispose, this);
    this._watch();
  }

  readonly edited = new Signal<this, IEditing>(this);
  readonly moved = new Signal<this, void>(this);
  readonly named = null;

  get path(): string {
    return this._options.widget.context.localPath;
  }

  get language(): string {
    return this._notebook?.model?.defaultKernelLanguage ?? '';
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get isInFront(): boolean {
    const { app, widget } = this._options;
    return app.shell.currentWidget === widget;
  }

  get isReadOnly(): boolean {
    const { context } = this._options.widget;
    return context.model.readOnly || context.contentsModel?.writable === false;
  }

  readonly suggestsAtTab = true;

  /** The server has a notebook's cells in another shape. */
  get isUnsaved(): boolean {
    return this._notebook !== null || this._options.widget.context.model.dirty;
  }

  get length(): number {
    return this._text.text.length;
  }

  get cursor(): IPosition | null {
    const piece = this._active;
    const at = piece?.editor?.getCursorPosition();
    return piece && at
      ? this._text.positionOf({
          index: piece.index,
          position: { lineNumber: at.line + 1, column: at.column + 1 }
        })
      : null;
  }

  text(): string {
    return this._text.text;
  }

  lineAt(lineNumber: number): string {
    return this._text.lines[lineNumber - 1] ?? '';
  }

  textIn(range: IRange): string {
    const { text } = this._text;
    return text.slice(
      offsetAt(text, startOf(range)),
      offsetAt(text, endOf(range))
    );
  }

  isInView(range: IRange): boolean {
    const place = this._text.placeOf(startOf(range));
    const editor = place && this._piece(place.index)?.editor;
    return !!editor && isVisible(editor, place.position, this._viewport);
  }

  placeName(range: IRange, name: string): string {
    const { trans } = this._options;
    const place = this._text.placeOf(startOf(range));
    if (!this._notebook || !place) {
      const { startLineNumber } = range;
      return name
        ? `${name}:${startLineNumber}`
        : trans.__('line %1', startLineNumber);
    }
    const cell = place.index + 1;
    const isHere = !name && place.index === this._active?.index;
    if (isHere) {
      return trans.__('line %1', place.position.lineNumber);
    }
    return name
      ? trans.__('%1, cell %2', name, cell)
      : trans.__('cell %1', cell);
  }

  show(shown: IShown): void {
    this._watch();
    const pieces = this._pieces();
    const shared = {
      ...shown,
      items: shown.items.filter(item => item.path === this.path)
    };
    this._hints.show(
      pieces.flatMap(({ index, editor }) =>
        editor
          ? [{ editor, placeIn: (at: IPosition) => this._in(index, at) }]
          : []
      ),
      shared,
      this._active?.editor ?? null
    );
  }

  async goTo(position: IPosition): Promise<void> {
    const place = this._text.placeOf(position);
    if (!place) {
      return;
    }
    const notebook = this._notebook;
    if (notebook) {
      notebook.deselectAll();
      notebook.activeCellIndex = place.index;
      const cell = notebook.widgets[place.index];
      // It is called off where the notebook scrolls by itself.
      await notebook.scrollToItem(place.index).catch(() => undefined);
      await cell?.ready;
      notebook.mode = 'edit';
    }
    const editor = this._piece(place.index)?.editor;
    if (editor) {
      const at = {
        line: place.position.lineNumber - 1,
        column: place.position.column - 1
      };
      editor.setCursorPosition(at);
      editor.revealPosition(at);
      editor.focus();
    }
  }

  activate(): void {
    this._options.app.shell.activateById(this._options.widget.id);
    // It is drawn by a message: a place in it can be gone to then.
    MessageLoop.flush();
  }

  replace(range: IRange, old: string, text: string): boolean {
    const from = this._text.placeOf(startOf(range));
    const to = this._text.placeOf(endOf(range));
    const piece = from && this._piece(from.index);
    // Whole lines end where the next one begins, which may be in another cell.
    const isToEnd = to?.index !== from?.index && range.endColumn === 1;
    if (!piece || !to || (to.index !== from.index && !isToEnd)) {
      return false; // A place in two cells is none.
    }
    const { shared, editor, isEditable } = piece;
    const source = shared.getSource();
    const end = isToEnd ? null : to.position;
    const written = writing(source, from.position, end, old, text);
    if (!written || !isEditable || this.isReadOnly) {
      return false;
    }
    shared.undoManager.stopCapturing();
    shared.updateSource(written.start, written.end, written.text);
    shared.undoManager.stopCapturing();
    const cursor = editor?.getPositionAt(written.start + written.text.length);
    if (cursor) {
      editor?.setCursorPosition(cursor);
    }
    return true;
  }

  async definitions(): Promise<ISymbolPlace[] | null> {
    return null;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    const { content, context } = this._options.widget;
    context.model?.contentChanged.disconnect(this._onChange, this);
    content.node.removeEventListener('scroll', this._onScroll, true);
    this._hints.dispose();
    Signal.clearData(this);
  }

  private get _notebook(): Notebook | null {
    const content = this._options.widget.content as Notebook;
    return content.widgets && content.model ? content : null;
  }

  private get _viewport(): DOMRect {
    return this._options.widget.content.node.getBoundingClientRect();
  }

  /**
   * The cells of code in the notebook's language, or the file. The model tells of a cell that comes
   * or goes before the notebook has its widget: they are counted in the model.
   */
  private _pieces(): IPiece[] {
    const notebook = this._notebook;
    if (notebook?.model) {
      const editors = new Map(
        notebook.widgets.map(({ model, editor }) => [model, editor])
      );
      return [...notebook.model.cells].flatMap((model, index) =>
        model?.type === 'code' && isInLanguage(model.sharedModel.getSource())
          ? [
              {
                index,
                model,
                isEditable: model.getMetadata('editable') !== false,
                shared: model.sharedModel as unknown as ISharedSource,
                editor: (editors.get(model) ?? null) as CodeMirrorEditor | null
              }
            ]
          : []
      );
    }
    const { content, context } = this._options.widget;
    const { editor } = content as unknown as { editor?: CodeMirrorEditor };
    const shared = context.model.sharedModel as unknown as ISharedSource;
    const { model } = context;
    return editor
      ? [{ index: 0, model, isEditable: true, shared, editor }]
      : [];
  }

  private _piece(index: number): IPiece | null {
    return this._pieces().find(piece => piece.index === index) ?? null;
  }

  /** The one with the cursor. */
  private get _active(): IPiece | null {
    const notebook = this._notebook;
    if (!notebook) {
      return this._piece(0);
    }
    const { activeCell } = notebook;
    return (
      this._pieces().find(({ model }) => model === activeCell?.model) ?? null
    );
  }

  /** A place of the whole text in a cell; null where it is in another. */
  private _in(index: number, position: IPosition): IPosition | null {
    const place: ICellPlace | null = this._text.placeOf(position);
    return place?.index === index ? place.position : null;
  }

  private _read(): CellText {
    return new CellText(
      this._pieces().map(({ index, shared }) => ({
        index,
        source: shared.getSource()
      }))
    );
  }

  private _onChange(): void {
    const before = this._text.text;
    this._text = this._read();
    const change = changeBetween(before, this._text.text);
    if (change) {
      const isMine = this._active?.editor?.hasFocus() ?? false;
      this.edited.emit({ changes: [change], isMine });
    }
    this._onMoved();
  }

  /** Hear of the cursor in the cell that has it. */
  private _watch(): void {
    const editor = this._active?.editor;
    if (editor) {
      this._hints.watch(editor);
    }
  }

  private _onMoved(): void {
    this.moved.emit();
  }

  private readonly _onScroll = () => this._onMoved();
  private readonly _hints: CodeMirrorHints;
  private _isDisposed = false;
  private _text: CellText;
}

function isVisible(
  editor: CodeMirrorEditor,
  position: IPosition,
  viewport: DOMRect
): boolean {
  const offset = editor.getOffsetAt({
    line: position.lineNumber - 1,
    column: position.column - 1
  });
  const at = editor.editor.coordsAtPos(
    Math.min(offset, editor.state.doc.length)
  );
  return !!at && at.top >= viewport.top && at.bottom <= viewport.bottom;
}
