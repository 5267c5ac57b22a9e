import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { EditorView } from '../editor/view';
import {
  anchorsOf,
  between,
  blockKey,
  headingKey,
  pair,
  type Point
} from './anchors';

/** JupyterLab's preview of Markdown, as far as it matters here. */
export interface IMarkdownViewer extends Widget {
  readonly ready: Promise<void>;
  readonly rendered: ISignal<unknown, void>;
  readonly renderer: Widget;
  setOption(option: 'renderTimeout', value: number): void;
}

type Side = 'editor' | 'preview';

/** How long typing must rest before it is rendered, in milliseconds. */
const REST = 150;

/** What a person does to move a side. */
const MOVES = ['wheel', 'keydown', 'pointerdown', 'touchstart'] as const;

/**
 * Keeps a Markdown text and its preview at the same place. The side that a person moved last
 * leads, the other one follows; what a following side does by itself moves nothing.
 */
export class ScrollSync implements IDisposable {
  constructor(
    private readonly _preview: IDocumentWidget<
      IMarkdownViewer,
      DocumentRegistry.IModel
    >,
    private readonly _opener: INeoAIEditorOpener
  ) {
    const { content } = _preview;
    content.setOption('renderTimeout', REST);
    this._scroller.addEventListener('scroll', this._onPreviewScroll);
    this._lead(_preview.node, 'preview');
    content.rendered.connect(this._onRendered, this);
    _opener.tracker.widgetAdded.connect(this._onEditor, this);
    void content.ready.then(() => this._onEditor());
    _preview.disposed.connect(() => this.dispose());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._scroller.removeEventListener('scroll', this._onPreviewScroll);
    this._preview.content.rendered.disconnect(this._onRendered, this);
    this._opener.tracker.widgetAdded.disconnect(this._onEditor, this);
    this._leave();
    this._stops.forEach(stop => stop());
  }

  private get _scroller(): HTMLElement {
    return this._preview.content.renderer.node;
  }

  /** Whichever editor shows the same document. */
  private _onEditor(): void {
    if (this._editor || this._isDisposed) {
      return;
    }
    const editor = this._opener.tracker.find(
      ({ context }) => (context as unknown) === this._preview.context
    );
    if (!editor) {
      return;
    }
    this._editor = editor;
    this._lead(editor.node, 'editor');
    editor.disposed.connect(this._onEditorGone, this);
    void editor.content.ready.then(view => {
      if (this._editor === editor && !view.isDisposed) {
        this._view = view;
        this._listener = view.editor.onDidScrollChange(
          ({ scrollTopChanged }) => {
            if (scrollTopChanged && this._leader === 'editor') {
              this._followEditor();
            }
          }
        );
        this._followEditor();
      }
    });
  }

  private _onEditorGone(): void {
    this._leave();
    this._onEditor();
  }

  private _leave(): void {
    this._listener?.dispose();
    this._listener = null;
    this._editor?.disposed.disconnect(this._onEditorGone, this);
    this._editor = null;
    this._view = null;
  }

  private _lead(node: HTMLElement, side: Side): void {
    const lead = () => {
      this._leader = side;
    };
    const options = { capture: true, passive: true };
    MOVES.forEach(move => node.addEventListener(move, lead, options));
    this._stops.push(() =>
      MOVES.forEach(move => node.removeEventListener(move, lead, options))
    );
  }

  private _onRendered(): void {
    this._points = null;
    if (this._leader === 'editor') {
      this._followEditor();
    }
  }

  private readonly _onPreviewScroll = (): void => {
    const view = this._view;
    if (!view || this._leader !== 'preview' || !this._preview.isVisible) {
      return;
    }
    const line = between(this._measure(), this._scroller.scrollTop, 1);
    const whole = Math.floor(line);
    const { editor, model } = view;
    const top = editor.getTopForLineNumber(whole);
    const next =
      whole < model.getLineCount()
        ? editor.getTopForLineNumber(whole + 1)
        : top;
    const padding = editor.getTopForLineNumber(1);
    editor.setScrollTop(
      top - padding + (line - whole) * (next - top),
      IMMEDIATE
    );
  };

  private _followEditor(): void {
    const view = this._view;
    if (!view || !this._preview.isVisible) {
      return;
    }
    const { editor } = view;
    const first = editor.getVisibleRanges()[0]?.startLineNumber ?? 1;
    const top = editor.getTopForLineNumber(first);
    const height = editor.getTopForLineNumber(first + 1) - top;
    const part = height > 0 ? (editor.getScrollTop() - top) / height : 0;
    const line = first + Math.min(1, Math.max(0, part));
    this._scroller.scrollTop = between(this._measure(), line, 0);
  }

  /** Where the lines of the text are in the preview, measured once for each rendering. */
  private _measure(): Point[] {
    const scroller = this._scroller;
    const height = scroller.scrollHeight;
    if (this._points && this._height === height) {
      return this._points;
    }
    this._height = height;
    const origin = scroller.getBoundingClientRect().top - scroller.scrollTop;
    const found = scroller.querySelectorAll<HTMLElement>(
      'h1,h2,h3,h4,h5,h6,pre'
    );
    const shown = [...found].map(node => ({
      key: keyOf(node),
      top: node.getBoundingClientRect().top - origin
    }));
    const text = this._preview.context.model.toString();
    const lines = this._view?.model.getLineCount() ?? text.split('\n').length;
    const points = pair(anchorsOf(text), shown).filter(([line]) => line > 1);
    return (this._points = [[1, 0], ...points, [lines + 1, height]]);
  }

  private readonly _stops: (() => void)[] = [];
  private _editor: NeoAIEditorWidget | null = null;
  private _height = -1;
  private _isDisposed = false;
  private _leader: Side = 'editor';
  private _listener: { dispose(): void } | null = null;
  private _points: Point[] | null = null;
  private _view: EditorView | null = null;
}

/** Monaco's `ScrollType.Immediate`: without the chunk that has its name. */
const IMMEDIATE = 1;

function keyOf(node: HTMLElement): string {
  const text = node.textContent ?? '';
  return node.tagName === 'PRE'
    ? blockKey(text.split('\n', 1)[0])
    : headingKey(Number(node.tagName[1]), text);
}
