import type { Range } from '@codemirror/state';
import { Decoration, EditorView, WidgetType } from '@codemirror/view';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';

import { Marks } from '../review/codemirrorsurface';
import { endOf, type IOffer, type IPosition, seenAt, startOf } from './offers';
import { classOf, ghostOf, HintBox, type IHint, type IShown } from './surface';

/** Of the places that are offered: there is a key for them; Tab is it. */
const OFFERED = 'neoai-mod-nextEdit';
const TAKES_TAB = 'neoai-mod-nextEditTab';

/** In pixels: what a hint takes at most. */
const WIDTH = 220;

/** An editor, and where in it a place of the whole text is; null where it is in another. */
export interface IEditorPart {
  editor: CodeMirrorEditor;
  placeIn: (position: IPosition) => IPosition | null;
}

/** What CodeMirror's editors show of the places that are offered. */
export class CodeMirrorHints {
  constructor(
    private readonly _go: () => void,
    private readonly _moved: () => void
  ) {}

  /** Hear of the cursor and the focus in an editor. */
  watch(editor: CodeMirrorEditor): void {
    if (!this._watched.has(editor)) {
      this._watched.add(editor);
      const listener = EditorView.updateListener.of(update => {
        if (update.selectionSet || update.focusChanged) {
          this._moved();
        }
      });
      editor.injectExtension(listener);
    }
  }

  /** Show what is offered in these editors; `active` has the cursor. */
  show(
    parts: readonly IEditorPart[],
    shown: IShown,
    active: CodeMirrorEditor | null
  ): void {
    for (const [editor, marks] of this._marks) {
      if (!parts.some(part => part.editor === editor)) {
        marks.dispose();
        this._marks.delete(editor);
        setKeys(editor, false, false);
      }
    }
    for (const { editor, placeIn } of parts) {
      const marks = this._marksOf(editor, placeIn, shown);
      if (marks.length > 0 || this._marks.has(editor)) {
        let known = this._marks.get(editor);
        if (!known) {
          known = new Marks(editor);
          this._marks.set(editor, known);
        }
        known.set(marks);
      }
      const isActive = editor === active;
      setKeys(
        editor,
        isActive && shown.hint !== null,
        isActive && shown.takesTab
      );
    }
  }

  dispose(): void {
    for (const [editor, marks] of this._marks) {
      marks.dispose();
      setKeys(editor, false, false);
    }
    this._marks.clear();
  }

  private _marksOf(
    editor: CodeMirrorEditor,
    placeIn: (position: IPosition) => IPosition | null,
    { items, current, hint }: IShown
  ): Range<Decoration>[] {
    const { doc } = editor.state;
    const offsetOf = (position: IPosition) => {
      const place = placeIn(position);
      if (!place || place.lineNumber > doc.lines) {
        return null;
      }
      const { from, to } = doc.line(place.lineNumber);
      return Math.min(from + place.column - 1, to);
    };
    // Whole lines end where the next one begins, which may be in another cell.
    const lineEnd = ({ range }: IOffer) => {
      const place = range.endColumn === 1 ? placeIn(startOf(range)) : null;
      return place ? doc.length : null;
    };
    const found = items.flatMap(item => {
      const from = offsetOf(startOf(item.range));
      const to = offsetOf(endOf(item.range)) ?? lineEnd(item);
      return from !== null && to !== null
        ? marked(item, from, to, item === current)
        : [];
    });
    const at = hint && offsetOf(hint.position);
    if (hint && at !== null) {
      const { to } = doc.lineAt(at);
      const ghost = current && items.includes(current) ? current : null;
      const mark = Decoration.widget({
        widget: new HintWidget(hint, this._go),
        block: !isRoom(editor, to, ghost ? ghostOf(ghost).length : 0),
        side: 2
      });
      found.push(mark.range(to));
    }
    const arrow =
      current && items.includes(current)
        ? offsetOf(seenAt(current.range))
        : null;
    if (arrow !== null) {
      found.push(ARROW.range(doc.lineAt(arrow).from));
    }
    return found;
  }

  private readonly _marks = new Map<CodeMirrorEditor, Marks>();
  private readonly _watched = new WeakSet<CodeMirrorEditor>();
}

const ARROW = Decoration.line({ class: 'neoai-NextEdit-line' });

/** Whether a hint can stand behind a line, which is so many characters longer with the ghost. */
function isRoom(
  { editor: view }: CodeMirrorEditor,
  to: number,
  more: number
): boolean {
  const { right } = view.scrollDOM.getBoundingClientRect();
  const end = view.coordsAtPos(to, -1)?.right ?? 0;
  const length = more * view.defaultCharacterWidth;
  return view.lineWrapping || end + length + WIDTH < right;
}

function marked(
  offer: IOffer,
  from: number,
  to: number,
  isCurrent: boolean
): Range<Decoration>[] {
  const found: Range<Decoration>[] = [];
  if (from < to) {
    const mark = Decoration.mark({ class: classOf(offer, isCurrent) });
    found.push(mark.range(from, to));
  }
  if (isCurrent && offer.new) {
    const widget = new GhostWidget(ghostOf(offer));
    found.push(Decoration.widget({ widget, side: 1 }).range(to));
  }
  return found;
}

function setKeys(
  { host, isDisposed }: CodeMirrorEditor,
  isOffered: boolean,
  takesTab: boolean
): void {
  if (!isDisposed) {
    host.classList.toggle(OFFERED, isOffered);
    host.classList.toggle(TAKES_TAB, takesTab);
  }
}

/** What is to stand there. */
class GhostWidget extends WidgetType {
  constructor(private readonly _text: string) {
    super();
  }

  override eq(other: GhostWidget): boolean {
    return other._text === this._text;
  }

  override toDOM(): HTMLElement {
    const node = document.createElement('span');
    node.className = 'neoai-NextEdit-new';
    node.textContent = this._text;
    return node;
  }
}

/** What Tab does. */
class HintWidget extends WidgetType {
  constructor(
    private readonly _hint: IHint,
    private readonly _go: () => void
  ) {
    super();
  }

  override eq({ _hint: other }: HintWidget): boolean {
    return (
      other.key === this._hint.key &&
      other.text === this._hint.text &&
      other.count === this._hint.count &&
      other.title === this._hint.title
    );
  }

  override toDOM(): HTMLElement {
    const box = new HintBox(this._go);
    box.write(this._hint);
    return box.node;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}
