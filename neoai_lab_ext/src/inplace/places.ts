import { Decoration } from '@codemirror/view';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IDisposable } from '@lumino/disposable';
import type { editor } from 'monaco-editor/editor';

import { Zone } from '../editor/zone';
import { Marks, NodeWidget } from '../review/codemirrorsurface';

/** Where the box is put. */
export interface IBoxPlace extends IDisposable {
  /** Put it there; once. */
  show(node: HTMLElement): void;
  /** The keyboard back into the text. */
  focus(): void;
}

/** Between the lines of a Monaco editor. */
export class MonacoPlace implements IBoxPlace {
  /** Below the line `after`, from 1. */
  constructor(
    private readonly _editor: editor.IStandaloneCodeEditor,
    private readonly _after: number
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  show(node: HTMLElement): void {
    this._zone = new Zone(this._editor, node, this._after);
    this._editor.revealLineInCenterIfOutsideViewport(Math.max(1, this._after));
  }

  focus(): void {
    this._editor.focus();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      // An editor that is gone has taken the zone with it.
      if (this._editor.getModel()) {
        this._zone?.dispose();
      }
    }
  }

  private _isDisposed = false;
  private _zone: Zone | null = null;
}

/** Between the lines of a CodeMirror editor: a cell, or JupyterLab's own editor of files. */
export class CodeMirrorPlace implements IBoxPlace {
  /** Below the line `after`, from 1; 0 is above the text. */
  constructor(
    private readonly _editor: CodeMirrorEditor,
    private readonly _after: number
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  show(node: HTMLElement): void {
    this._marks = new Marks(this._editor);
    const { doc } = this._editor.state;
    const line = Math.min(this._after, doc.lines);
    const mark = Decoration.widget({
      widget: new NodeWidget(node),
      block: true,
      side: line > 0 ? 1 : -1
    });
    this._marks.set([mark.range(line > 0 ? doc.line(line).to : 0)]);
  }

  focus(): void {
    this._editor.focus();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._marks?.dispose();
    }
  }

  private _isDisposed = false;
  private _marks: Marks | null = null;
}
