import type { TranslationBundle } from '@jupyterlab/translation';
import * as monaco from 'monaco-editor/editor';

import type { IOffer, Offers } from './offers';

/** Of what is put there so much is shown. */
const LONGEST_GHOST = 120;
const MOST_MARKED = 50;
/** In pixels: what a hint takes at most. */
const WIDTH = 220;

/** What an editor shows of the places that are offered: marks, the new text, and a hint at Tab. */
export class Hint implements monaco.editor.IContentWidget {
  constructor(
    private readonly _editor: monaco.editor.IStandaloneCodeEditor,
    private readonly _offers: Offers,
    private readonly _trans: TranslationBundle,
    go: () => void
  ) {
    this._marks = _editor.createDecorationsCollection();
    this._node = document.createElement('div');
    this._node.className = 'neoai-NextEdit-hint';
    this._box = document.createElement('div');
    this._box.className = 'neoai-NextEdit-box';
    this._node.append(this._box);
    // The status bar says it.
    this._node.setAttribute('aria-hidden', 'true');
    this._node.addEventListener('mousedown', event => {
      event.preventDefault();
      go();
    });
  }

  readonly allowEditorOverflow = false;
  readonly suppressMouseDown = true;

  getId(): string {
    return 'neoai.nextEdit';
  }

  getDomNode(): HTMLElement {
    return this._node;
  }

  getPosition(): monaco.editor.IContentWidgetPosition | null {
    return this._position
      ? {
          position: this._position,
          preference: this._preference
        }
      : null;
  }

  /** Show what is offered now in the text of `path`; nothing where this is not the one in front. */
  show(path: string, isInFront: boolean): void {
    const { current, items } = this._offers;
    const model = this._editor.getModel();
    if (items !== this._marked) {
      this._marked = items;
      const here = items.filter(item => item.path === path);
      this._marks.set(
        here.slice(0, MOST_MARKED).map(item => mark(item, item === current))
      );
    }
    const cursor = this._editor.getPosition();
    if (!current || !isInFront || !model || !cursor) {
      this._hide();
      return;
    }
    const isSeen = current.path === path && this._isInView(current);
    const line = isSeen
      ? Math.min(current.range.endLineNumber, model.getLineCount())
      : cursor.lineNumber;
    this._place(line, isSeen ? current.range.endColumn : cursor.column);
    this._write(this._text(current, path, isSeen, cursor.lineNumber));
    if (this._isShown) {
      this._editor.layoutContentWidget(this);
    } else {
      this._isShown = true;
      this._editor.addContentWidget(this);
    }
  }

  dispose(): void {
    this._hide();
    this._marks.clear();
  }

  /** Behind the line where there is room for it, else below the place. */
  private _place(lineNumber: number, column: number): void {
    const { EXACT, BELOW, ABOVE } =
      monaco.editor.ContentWidgetPositionPreference;
    const end = this._editor.getModel()!.getLineMaxColumn(lineNumber);
    const { contentLeft, contentWidth } = this._editor.getLayoutInfo();
    const at = this._editor.getScrolledVisiblePosition({
      lineNumber,
      column: end
    });
    const isRoom = (at?.left ?? 0) + WIDTH < contentLeft + contentWidth;
    this._position = { lineNumber, column: isRoom ? end : column };
    this._preference = isRoom ? [EXACT] : [BELOW, ABOVE];
  }

  private _hide(): void {
    if (this._isShown) {
      this._isShown = false;
      this._editor.removeContentWidget(this);
    }
  }

  private _isInView({ range }: IOffer): boolean {
    return this._editor
      .getVisibleRanges()
      .some(
        ({ startLineNumber, endLineNumber }) =>
          startLineNumber <= range.startLineNumber &&
          range.startLineNumber <= endLineNumber
      );
  }

  private _text(
    { path, range, new: text }: IOffer,
    here: string,
    isSeen: boolean,
    line: number
  ): string {
    if (path !== here) {
      const name = path.split('/').pop() ?? path;
      return this._trans.__('to %1:%2', name, range.startLineNumber);
    }
    if (!isSeen) {
      return this._trans.__('to line %1', range.startLineNumber);
    }
    if (line !== range.startLineNumber) {
      return this._trans.__('to go there');
    }
    return text === null
      ? this._trans.__('to see to it')
      : this._trans.__('to accept');
  }

  private _write(text: string): void {
    const key = document.createElement('kbd');
    key.textContent = 'Tab ↹';
    const what = document.createElement('span');
    what.textContent = text;
    const count = document.createElement('span');
    count.className = 'neoai-NextEdit-count';
    const { number, count: total } = this._offers;
    count.textContent = this._trans.__('%1 of %2', number, total);
    this._node.title = this._trans.__(
      '%1. Alt+S skips it, Escape dismisses all.',
      this._offers.current?.reason ?? ''
    );
    this._box.replaceChildren(key, what, count);
  }

  private readonly _marks: monaco.editor.IEditorDecorationsCollection;
  private readonly _node: HTMLElement;
  private readonly _box: HTMLElement;
  private _isShown = false;
  private _marked: readonly IOffer[] = [];
  private _position: monaco.IPosition | null = null;
  private _preference: monaco.editor.ContentWidgetPositionPreference[] = [];
}

function mark(
  { range, new: text, old }: IOffer,
  isCurrent: boolean
): monaco.editor.IModelDeltaDecoration {
  if (!isCurrent) {
    return {
      range,
      options: {
        inlineClassName: 'neoai-NextEdit-later',
        showIfCollapsed: true
      }
    };
  }
  const [first, ...more] = (text ?? '').split('\n');
  const shown = first.slice(0, LONGEST_GHOST);
  const isCut = more.length > 0 || shown.length < first.length;
  return {
    range,
    options: {
      inlineClassName:
        text === null
          ? 'neoai-NextEdit-pointed'
          : old
            ? 'neoai-NextEdit-old'
            : '',
      linesDecorationsClassName: 'neoai-NextEdit-arrow',
      showIfCollapsed: true,
      overviewRuler: {
        color: { id: 'focusBorder' },
        position: monaco.editor.OverviewRulerLane.Left
      },
      ...(text
        ? {
            after: {
              content: isCut ? `${shown}…` : shown,
              inlineClassName: 'neoai-NextEdit-new'
            }
          }
        : {})
    }
  };
}
