import type { editor } from 'monaco-editor/editor';

import type { EditorView } from '../editor/view';
import { Zone } from '../editor/zone';
import type { IShown, ISurface } from './surface';

/** Hunks in Monaco: what would go is marked, what would come stands below it. */
export class MonacoSurface implements ISurface {
  constructor(
    private readonly _view: EditorView,
    actions: { next: () => void; previous: () => void },
    labels: { next: string; previous: string }
  ) {
    this._editor = _view.editor;
    this._marks = this._editor.createDecorationsCollection();
    // Monaco has F7 for the places of a word, and would take it.
    this._actions = [
      this._editor.addAction({
        id: 'neoai.reviewNext',
        label: labels.next,
        keybindings: [F7],
        run: actions.next
      }),
      this._editor.addAction({
        id: 'neoai.reviewPrevious',
        label: labels.previous,
        keybindings: [SHIFT | F7],
        run: actions.previous
      })
    ];
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get line(): number {
    return (this._editor.getPosition()?.lineNumber ?? 1) - 1;
  }

  show(hunks: readonly IShown[]): void {
    if (this._isDisposed || this._view.isDisposed) {
      return;
    }
    this._marks.set(hunks.flatMap(markOf));
    const wanted = new Map(hunks.map(hunk => [hunk.node, hunk]));
    for (const zone of this._zones) {
      if (!wanted.has(zone.node)) {
        zone.dispose();
      }
    }
    this._zones = this._zones.filter(zone => !zone.isDisposed);
    for (const hunk of hunks) {
      const after = hunk.line + hunk.removed;
      const zone = this._zones.find(({ node }) => node === hunk.node);
      if (zone) {
        zone.move(after);
      } else {
        this._editor.applyFontInfo(hunk.node);
        this._zones.push(new Zone(this._editor, hunk.node, after));
      }
    }
  }

  reveal(line: number, lines: number): void {
    const last = this._view.model.getLineCount();
    const lineNumber = Math.min(line + 1, last);
    this._editor.setPosition({ lineNumber, column: 1 });
    this._editor.revealLinesInCenterIfOutsideViewport(
      lineNumber,
      Math.min(line + Math.max(lines, 1), last)
    );
    this._editor.focus();
  }

  paint(node: HTMLElement, text: string): void {
    const language = this._view.model.getLanguageId();
    void import('../editor/monaco')
      .then(({ colorize }) => colorize(text, language))
      .then(lines => {
        node.innerHTML = lines.join('<br/>');
      });
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    if (!this._view.isDisposed) {
      this._marks.clear();
      this._actions.forEach(action => action.dispose());
      this._zones.forEach(zone => zone.dispose());
    }
  }

  private readonly _actions: { dispose(): void }[];
  private readonly _editor: editor.IStandaloneCodeEditor;
  private readonly _marks: editor.IEditorDecorationsCollection;
  private _isDisposed = false;
  private _zones: Zone[] = [];
}

function markOf(hunk: IShown): editor.IModelDeltaDecoration[] {
  if (hunk.removed === 0 || hunk.isStale) {
    return [];
  }
  return [
    {
      range: {
        startLineNumber: hunk.line + 1,
        startColumn: 1,
        endLineNumber: hunk.line + hunk.removed,
        endColumn: 1
      },
      options: {
        isWholeLine: true,
        className: 'neoai-RemovedLine',
        linesDecorationsClassName: 'neoai-RemovedLine-margin'
      }
    }
  ];
}

/** `monaco.KeyCode.F7` and `monaco.KeyMod.Shift`: Monaco itself is not to be loaded for them. */
const F7 = 65;
const SHIFT = 1024;
