import type { IAwareness } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import type {
  editor,
  IDisposable as IMonacoDisposable
} from 'monaco-editor/editor';

import type { TextBinding } from './binding';
import {
  fromRelative,
  type IPlacedSelection,
  type IRelativeSelection,
  toRelative
} from './positions';

/** A cursor as JupyterLab's own editors write and read it in a document's awareness. */
interface ICursorState extends IRelativeSelection {
  primary?: boolean;
  empty?: boolean;
}

interface IPeerState {
  user?: { name?: string; display_name?: string; color?: string };
  cursors?: ICursorState[];
}

const FALLBACK_COLOR = 'var(--jp-brand-color1)';
/** `ContentWidgetPositionPreference.EXACT` */
const EXACT = 0;

/**
 * Publishes this user's cursors and shows everybody else's, in the form that JupyterLab's own
 * editors use, so that people in Monaco and in CodeMirror see each other.
 */
export class SharedCursors implements IDisposable {
  constructor(
    private readonly _awareness: IAwareness,
    private readonly _binding: TextBinding,
    private readonly _editor: editor.IStandaloneCodeEditor,
    private readonly _anonymous: string
  ) {
    this._selections = _editor.createDecorationsCollection();
    this._sheet = document.head.appendChild(document.createElement('style'));
    this._listeners = [
      _editor.onDidChangeCursorSelection(() => this._publish()),
      _editor.onDidFocusEditorText(() => this._publish()),
      _binding.model.onDidChangeContent(() => this._schedule())
    ];
    _awareness.on('change', this._onAwareness);
    this._schedule();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    this._awareness.off('change', this._onAwareness);
    if (this._awareness.getLocalState()) {
      this._awareness.setLocalStateField('cursors', []);
    }
    this._listeners.forEach(listener => listener.dispose());
    this._carets.forEach(caret => this._editor.removeContentWidget(caret));
    this._carets.clear();
    this._selections.clear();
    this._sheet.remove();
  }

  private _publish(): void {
    if (!this._awareness.getLocalState() || !this._editor.hasTextFocus()) {
      return;
    }
    const { ytext, model } = this._binding;
    const cursors = (this._editor.getSelections() ?? []).map(
      (selection, index) => ({
        ...toRelative(ytext, model, selection),
        primary: index === 0,
        empty: selection.isEmpty()
      })
    );
    const encoded = JSON.stringify(cursors);
    if (encoded !== this._published) {
      this._published = encoded;
      this._awareness.setLocalStateField('cursors', cursors as never);
    }
  }

  private readonly _onAwareness = (
    change: Record<'added' | 'updated' | 'removed', number[]>
  ) => {
    const own = this._binding.ytext.doc!.clientID;
    const clients = [...change.added, ...change.updated, ...change.removed];
    if (clients.some(id => id !== own)) {
      this._schedule();
    }
  };

  /** Draw once a frame, however many keys and peers came in. */
  private _schedule(): void {
    if (this._frame === 0) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._draw();
      });
    }
  }

  private _draw(): void {
    if (this._isDisposed || this._binding.isDisposed) {
      return;
    }
    const { ytext, model } = this._binding;
    const decorations: editor.IModelDeltaDecoration[] = [];
    const shown = new Set<string>();
    const colors = new Map<string, string>();
    for (const [client, peer] of this._awareness.getStates() as Map<
      number,
      IPeerState
    >) {
      if (client === ytext.doc!.clientID) {
        continue;
      }
      const color = peer.user?.color ?? FALLBACK_COLOR;
      const name =
        peer.user?.display_name || peer.user?.name || this._anonymous;
      (peer.cursors ?? []).forEach((cursor, index) => {
        const place =
          cursor?.anchor && cursor.head
            ? fromRelative(ytext, model, cursor)
            : null;
        if (!place) {
          return;
        }
        const key = `${client}-${index}`;
        shown.add(key);
        this._showCaret(key, place, name, color);
        const className = `neoai-peer-${client}`;
        colors.set(className, color);
        decorations.push({
          range: place.range,
          options: {
            className: `neoai-RemoteSelection ${className}`,
            hoverMessage: { value: escapeMarkdown(name) },
            stickiness: 1 /* NeverGrowsWhenTypingAtEdges */
          }
        });
      });
    }
    this._color(colors);
    this._selections.set(decorations);
    for (const [key, caret] of this._carets) {
      if (!shown.has(key)) {
        this._editor.removeContentWidget(caret);
        this._carets.delete(key);
      }
    }
  }

  private _showCaret(
    key: string,
    place: IPlacedSelection,
    name: string,
    color: string
  ): void {
    let caret = this._carets.get(key);
    if (!caret) {
      caret = new RemoteCaret(`neoai-remote-caret-${key}`);
      this._carets.set(key, caret);
      caret.update(place, name, color);
      this._editor.addContentWidget(caret);
      return;
    }
    if (caret.update(place, name, color)) {
      this._editor.layoutContentWidget(caret);
    }
  }

  /** Colours come from other people: set as values, never pasted into a rule's text. */
  private _color(colors: Map<string, string>): void {
    const sheet = this._sheet.sheet!;
    while (sheet.cssRules.length > 0) {
      sheet.deleteRule(0);
    }
    for (const [className, color] of colors) {
      const rule = sheet.cssRules[
        sheet.insertRule(`.${className} {}`)
      ] as CSSStyleRule;
      rule.style.setProperty('background-color', color);
    }
  }

  private readonly _carets = new Map<string, RemoteCaret>();
  private readonly _listeners: IMonacoDisposable[];
  private readonly _selections: editor.IEditorDecorationsCollection;
  private readonly _sheet: HTMLStyleElement;
  private _frame = 0;
  private _isDisposed = false;
  private _published = '';
}

/** Somebody else's caret with a flag that carries the name. */
class RemoteCaret implements editor.IContentWidget {
  constructor(private readonly _id: string) {
    this._node.className = 'neoai-RemoteCaret';
    this._flag.className = 'neoai-RemoteCaret-name';
    this._node.appendChild(this._flag);
  }

  readonly suppressMouseDown = true;

  getId(): string {
    return this._id;
  }

  getDomNode(): HTMLElement {
    return this._node;
  }

  getPosition(): editor.IContentWidgetPosition | null {
    return this._place
      ? {
          position: {
            lineNumber: this._place.positionLineNumber,
            column: this._place.positionColumn
          },
          preference: [EXACT]
        }
      : null;
  }

  /** Returns whether the caret moved. */
  update(place: IPlacedSelection, name: string, color: string): boolean {
    const moved =
      place.positionLineNumber !== this._place?.positionLineNumber ||
      place.positionColumn !== this._place?.positionColumn;
    this._place = place;
    this._flag.textContent = name;
    this._node.style.setProperty('--neoai-peer-color', color);
    this._node.classList.toggle(
      'neoai-mod-firstLine',
      place.positionLineNumber === 1
    );
    if (moved) {
      // The name shows for a while after each move: start that again.
      for (const animation of this._flag.getAnimations()) {
        animation.currentTime = 0;
        animation.play();
      }
    }
    return moved;
  }

  private readonly _node = document.createElement('div');
  private readonly _flag = document.createElement('span');
  private _place: IPlacedSelection | null = null;
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!<>&|~$]/g, '\\$&');
}
