import type { KeyboardEvent } from 'react';

import { parentOf } from './paths';
import type { TreeModel } from './model';
import type { INodeRow } from './rows';

/** After this long another letter begins a new word, in milliseconds. */
const TYPE_AHEAD_MS = 700;

/** The keyboard of a tree, by WAI-ARIA's pattern; F2, Delete and the like are shortcuts. */
export class TreeKeys {
  constructor(
    private readonly _model: TreeModel,
    private readonly _open: () => void,
    /** How many rows are in sight. */
    private readonly _page: () => number
  ) {}

  handle(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement || event.altKey) {
      return;
    }
    if (this._move(event) || this._act(event) || this._typeAhead(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private _move(event: KeyboardEvent): boolean {
    const rows = this._nodeRows();
    const at = rows.findIndex(
      ({ node }) => node.path === this._model.selection.cursor
    );
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + this._page(),
      PageUp: at - this._page(),
      Home: 0,
      End: rows.length - 1
    }[event.key];
    if (to === undefined || rows.length === 0) {
      return false;
    }
    this._go(
      rows[Math.max(0, Math.min(to, rows.length - 1))].node.path,
      event.shiftKey,
      event.ctrlKey || event.metaKey
    );
    return true;
  }

  private _act(event: KeyboardEvent): boolean {
    const model = this._model;
    const { selection } = model;
    const row = model.rows[model.indexOf(selection.cursor)];
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') {
      selection.all();
      model.touch();
      return true;
    }
    if (event.key === 'Escape') {
      return this._escape();
    }
    if (row?.type !== 'node') {
      return false;
    }
    switch (event.key) {
      case 'ArrowRight':
        this._into(row);
        return true;
      case 'ArrowLeft':
        this._outOf(row);
        return true;
      case ' ':
        if (this._word && event.timeStamp - this._at < TYPE_AHEAD_MS) {
          return false;
        }
        if (event.ctrlKey || event.metaKey) {
          selection.toggle(row.node.path);
        } else {
          selection.only(row.node.path);
        }
        model.touch();
        return true;
      case 'Enter':
        this._enter(row);
        return true;
      case '*':
        this._expandSiblings(row);
        return true;
      default:
        return false;
    }
  }

  private _escape(): boolean {
    const model = this._model;
    if (model.cut.size) {
      model.cut.clear();
    } else if (model.query) {
      model.query = '';
    } else if (model.selection.size > 1 && model.selection.cursor !== null) {
      model.selection.only(model.selection.cursor);
    } else {
      return false;
    }
    model.touch();
    return true;
  }

  private _enter({ node }: INodeRow): void {
    const model = this._model;
    if (!model.selection.has(node.path)) {
      model.selection.only(node.path);
    }
    if (node.isFolder && model.selection.size === 1) {
      this._toggle(node.path);
    } else {
      this._open();
    }
  }

  private _toggle(path: string): void {
    if (this._model.isExpanded(path)) {
      this._model.collapse(path);
    } else {
      void this._model.expand(path);
    }
  }

  private _into({ node }: INodeRow): void {
    const model = this._model;
    if (!node.isFolder) {
      return;
    }
    if (!model.isExpanded(node.path)) {
      void model.expand(node.path);
      return;
    }
    const next = model.rows[model.indexOf(node.path) + 1];
    if (next?.type === 'node' && parentOf(next.node.path) === node.path) {
      this._go(next.node.path, false, false);
    }
  }

  private _outOf({ node }: INodeRow): void {
    const parent = parentOf(node.path);
    if (node.isFolder && this._model.isExpanded(node.path)) {
      this._model.collapse(node.path);
    } else if (parent) {
      this._go(parent, false, false);
    }
  }

  private _expandSiblings({ node }: INodeRow): void {
    const parent = parentOf(node.path);
    for (const { node: beside } of this._nodeRows()) {
      if (beside.isFolder && parentOf(beside.path) === parent) {
        void this._model.expand(beside.path);
      }
    }
  }

  /** Go to the next entry whose name begins with what was typed. */
  private _typeAhead(event: KeyboardEvent): boolean {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey) {
      return false;
    }
    if (event.timeStamp - this._at > TYPE_AHEAD_MS) {
      this._word = '';
    }
    this._at = event.timeStamp;
    this._word += event.key.toLowerCase();
    const rows = this._nodeRows();
    const at = rows.findIndex(
      ({ node }) => node.path === this._model.selection.cursor
    );
    // The same letter again goes on to the next; a longer word may stay where it is.
    const isLetter = [...this._word].every(letter => letter === this._word[0]);
    const word = isLetter ? this._word[0] : this._word;
    const from = isLetter ? at + 1 : Math.max(at, 0);
    for (let step = 0; step < rows.length; step++) {
      const { node } = rows[(from + step) % rows.length];
      if (node.name.toLowerCase().startsWith(word)) {
        this._go(node.path, false, false);
        break;
      }
    }
    return true;
  }

  private _go(path: string, extend: boolean, keep: boolean): void {
    const { selection } = this._model;
    if (extend) {
      selection.extendTo(path);
    } else if (keep) {
      selection.focus(path);
    } else {
      selection.only(path);
    }
    this._model.touch();
  }

  private _nodeRows(): INodeRow[] {
    return this._model.rows.filter(
      (row): row is INodeRow => row.type === 'node'
    );
  }

  private _word = '';
  private _at = 0;
}
