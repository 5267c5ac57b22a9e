import * as monaco from 'monaco-editor/editor';

import { type IOffer, seenAt } from './offers';
import { classOf, ghostOf, HintBox, type IHint, type IShown } from './surface';

const MOST_MARKED = 50;
/** In pixels: what a hint takes at most. */
const WIDTH = 220;

/** What Monaco shows of the places that are offered: marks, the new text, and a hint at Tab. */
export class MonacoHint implements monaco.editor.IContentWidget {
  constructor(
    private readonly _editor: monaco.editor.IStandaloneCodeEditor,
    go: () => void
  ) {
    this._marks = _editor.createDecorationsCollection();
    this._box = new HintBox(go);
  }

  readonly allowEditorOverflow = false;
  readonly suppressMouseDown = true;

  getId(): string {
    return 'neoai.nextEdit';
  }

  getDomNode(): HTMLElement {
    return this._box.node;
  }

  getPosition(): monaco.editor.IContentWidgetPosition | null {
    return this._position
      ? {
          position: this._position,
          positionAffinity: monaco.editor.PositionAffinity.Right,
          preference: this._preference
        }
      : null;
  }

  /** Show what is offered now in the text of `path`. */
  show({ items, current, hint }: IShown, path: string): void {
    if (items !== this._marked) {
      this._marked = items;
      const here = items.filter(item => item.path === path);
      this._marks.set(
        here
          .slice(0, MOST_MARKED)
          .flatMap(item => marks(item, item === current))
      );
    }
    const model = this._editor.getModel();
    if (!hint || !model) {
      this._hide();
      return;
    }
    this._place(hint, model);
    this._box.write(hint);
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
  private _place({ position }: IHint, model: monaco.editor.ITextModel): void {
    const { EXACT, BELOW, ABOVE } =
      monaco.editor.ContentWidgetPositionPreference;
    const lineNumber = Math.min(position.lineNumber, model.getLineCount());
    const end = model.getLineMaxColumn(lineNumber);
    const { contentLeft, contentWidth } = this._editor.getLayoutInfo();
    const at = this._editor.getScrolledVisiblePosition({
      lineNumber,
      column: end
    });
    const isRoom = (at?.left ?? 0) + WIDTH < contentLeft + contentWidth;
    this._position = { lineNumber, column: isRoom ? end : position.column };
    this._preference = isRoom ? [EXACT] : [BELOW, ABOVE];
  }

  private _hide(): void {
    if (this._isShown) {
      this._isShown = false;
      this._editor.removeContentWidget(this);
    }
  }

  private readonly _marks: monaco.editor.IEditorDecorationsCollection;
  private readonly _box: HintBox;
  private _isShown = false;
  private _marked: readonly IOffer[] = [];
  private _position: monaco.IPosition | null = null;
  private _preference: monaco.editor.ContentWidgetPositionPreference[] = [];
}

function marks(
  offer: IOffer,
  isCurrent: boolean
): monaco.editor.IModelDeltaDecoration[] {
  const { range, new: text } = offer;
  const inlineClassName = classOf(offer, isCurrent);
  const options = { inlineClassName, showIfCollapsed: true };
  if (!isCurrent) {
    return [{ range, options }];
  }
  const ghost = {
    content: ghostOf(offer),
    inlineClassName: 'neoai-NextEdit-new'
  };
  const arrow = {
    linesDecorationsClassName: 'neoai-NextEdit-arrow',
    overviewRuler: {
      color: { id: 'focusBorder' },
      position: monaco.editor.OverviewRulerLane.Left
    }
  };
  const { lineNumber, column } = seenAt(range);
  return [
    { range, options: text ? { ...options, after: ghost } : options },
    {
      range: new monaco.Range(lineNumber, column, lineNumber, column),
      options: arrow
    }
  ];
}
