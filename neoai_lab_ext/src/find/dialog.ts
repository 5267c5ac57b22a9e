import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { type IPick, type IPicks, marked } from './picks';

/** Gives what fits a text; `signal` tells that nobody waits for it any more. */
export type PickSource = (text: string, signal: AbortSignal) => Promise<IPicks>;

let numbered = 0;

/** How many rows are made at once; fewer are in sight. */
const IN_SIGHT = 30;

/** How often the keyboard is fetched back from whatever took it. */
const GIVEN_BACK = 3;

/** The box of quick open: what is typed, and what fits it. Goes when the keyboard leaves it. */
export class QuickOpenDialog extends Widget {
  constructor(
    private readonly _source: PickSource,
    trans: TranslationBundle,
    text = ''
  ) {
    super({ node: document.createElement('div') });
    this.addClass('neoai-QuickOpen');
    const id = `neoai-quick-open-${++numbered}`;
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', trans.__('Quick open'));
    // JupyterLab's shortcuts are not meant for whoever types here.
    this.node.dataset.lmSuppressShortcuts = 'true';
    this._input.type = 'text';
    this._input.value = text;
    this._input.spellcheck = false;
    this._input.autocomplete = 'off';
    this._input.placeholder = trans.__(
      'Find a file by name, or type : line, @ symbol, # text, > command'
    );
    this._input.setAttribute('aria-label', trans.__('Find in the project'));
    this._input.setAttribute('role', 'combobox');
    this._input.setAttribute('aria-expanded', 'true');
    this._input.setAttribute('aria-autocomplete', 'list');
    this._input.setAttribute('aria-controls', id);
    this._list.id = id;
    this._list.className = 'neoai-QuickOpen-list';
    this._list.setAttribute('role', 'listbox');
    this._list.setAttribute('aria-label', trans.__('What fits'));
    this._status.className = 'neoai-QuickOpen-status';
    this._status.setAttribute('role', 'status');
    this.node.append(this._input, this._list, this._status);
    this._before = document.activeElement;
    this._input.addEventListener('input', () => void this.refresh());
    this._list.addEventListener('mousedown', event => event.preventDefault());
    this._list.addEventListener('click', event => this._click(event));
    this.node.addEventListener('keydown', event => this._keyDown(event));
    this.node.addEventListener('focusout', event => this._focusOut(event));
    document.addEventListener('pointerdown', this._pointerDown, true);
  }

  /** Show it above everything. */
  open(): void {
    Widget.attach(this, document.body);
    this._input.focus();
    this._input.setSelectionRange(
      this._input.value.length,
      this._input.value.length
    );
    void this.refresh();
  }

  get text(): string {
    return this._input.value;
  }

  set text(value: string) {
    this._input.value = value;
    this._input.focus();
    void this.refresh();
  }

  /** Ask the source again; what comes late is dropped. */
  async refresh(): Promise<void> {
    this._asking.abort();
    const asking = (this._asking = new AbortController());
    const text = this._input.value;
    try {
      const picks = await this._source(text, asking.signal);
      if (!asking.signal.aborted && !this.isDisposed) {
        this._show(picks);
      }
    } catch (error) {
      if (!asking.signal.aborted && !this.isDisposed) {
        const said = error instanceof Error ? error.message : String(error);
        this._show({ items: [], status: said, isError: true });
      }
    }
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._asking.abort();
      document.removeEventListener('pointerdown', this._pointerDown, true);
      super.dispose();
    }
  }

  private _show({ items, status, isError }: IPicks): void {
    const chosen = this._typed === this.text ? this._picks[this._at]?.id : null;
    this._typed = this.text;
    this._picks = items;
    const at = items.findIndex(({ id }) => id === chosen);
    this._list.replaceChildren();
    this._rowsTo(IN_SIGHT);
    // What lies below the edge can wait until the rest is seen.
    requestAnimationFrame(() => {
      if (this._picks === items) {
        this._rowsTo(items.length);
      }
    });
    this._status.textContent = status;
    this._status.classList.toggle('neoai-mod-error', !!isError);
    this._select(Math.max(at, 0));
    this.node.dataset.shown = this.text;
  }

  /** Have the rows before the one at `end` in the list. */
  private _rowsTo(end: number): void {
    const there = this._list.childElementCount;
    const rows = this._picks
      .slice(there, end)
      .map((pick, index) => this._row(pick, there + index));
    this._list.append(...rows);
  }

  private _row(pick: IPick, index: number): HTMLElement {
    const row = document.createElement('div');
    row.id = `${this._list.id}-${index}`;
    row.className = 'neoai-QuickOpen-item';
    row.setAttribute('role', 'option');
    row.dataset.index = String(index);
    if (pick.icon) {
      pick.icon.element({ container: row.appendChild(span('icon')) });
    }
    row.appendChild(span('label')).append(marked(pick.label, pick.marks));
    if (pick.detail) {
      const detail = row.appendChild(span('detail'));
      detail.append(marked(pick.detail, pick.detailMarks));
    }
    if (pick.note) {
      row.appendChild(span('note')).textContent = pick.note;
    }
    row.title = pick.detail ? `${pick.detail}/${pick.label}` : pick.label;
    return row;
  }

  private _select(index: number): void {
    this._at = Math.max(0, Math.min(index, this._picks.length - 1));
    this._rowsTo(this._at + 1);
    const rows = this._list.children;
    for (const row of this._list.querySelectorAll('[aria-selected]')) {
      row.removeAttribute('aria-selected');
    }
    const row = rows[this._at];
    if (row) {
      row.setAttribute('aria-selected', 'true');
      row.scrollIntoView({ block: 'nearest' });
      this._input.setAttribute('aria-activedescendant', row.id);
    } else {
      this._input.removeAttribute('aria-activedescendant');
    }
  }

  private _keyDown(event: KeyboardEvent): void {
    const count = this._picks.length;
    const moves: Record<string, () => number> = {
      ArrowDown: () => (this._at + 1) % count,
      ArrowUp: () => (this._at + count - 1) % count,
      PageDown: () => Math.min(this._at + 10, count - 1),
      PageUp: () => Math.max(this._at - 10, 0)
    };
    // The key that opened it goes on down the list, as in other editors.
    const again =
      (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'p';
    const move = again ? moves.ArrowDown : moves[event.key];
    if (move) {
      if (count > 0) {
        this._select(move());
      }
    } else if (event.key === 'Escape') {
      this._close(true);
    } else if (event.key === 'Enter') {
      void this._accept(event.ctrlKey || event.metaKey);
    } else if (event.key !== 'Tab') {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _click(event: MouseEvent): void {
    const row = (event.target as Element).closest<HTMLElement>('[data-index]');
    if (row) {
      this._select(Number(row.dataset.index));
      void this._accept(event.ctrlKey || event.metaKey);
    }
  }

  private readonly _pointerDown = (event: PointerEvent): void => {
    if (!this.node.contains(event.target as Node)) {
      this._close(false);
    }
  };

  /** What has just opened elsewhere may take the keyboard; a dialog that insists on it gets it. */
  private _focusOut({ relatedTarget }: FocusEvent): void {
    if (!this.node.contains(relatedTarget as Node | null)) {
      this._taken += 1;
      requestAnimationFrame(() => {
        if (this.isDisposed || !document.hasFocus()) {
          return;
        }
        if (this._taken > GIVEN_BACK) {
          this._close(false);
        } else {
          this._input.focus();
        }
      });
    }
  }

  private async _accept(beside: boolean): Promise<void> {
    // Whoever is quicker than the list means what he typed, not what is still shown.
    if (this._typed !== this.text) {
      await this.refresh();
    }
    const pick = this._picks[this._at];
    if (pick && !this.isDisposed) {
      this._close(true);
      pick.run(beside);
    }
  }

  private _close(giveBack: boolean): void {
    if (this.isDisposed) {
      return;
    }
    const before = this._before;
    this.dispose();
    if (giveBack && before instanceof HTMLElement && before.isConnected) {
      before.focus();
    }
  }

  private readonly _input = document.createElement('input');
  private readonly _list = document.createElement('div');
  private readonly _status = document.createElement('div');
  private readonly _before: Element | null;
  private _asking = new AbortController();
  private _picks: IPick[] = [];
  private _typed: string | null = null;
  private _at = 0;
  private _taken = 0;
}

function span(part: string): HTMLElement {
  const node = document.createElement('span');
  node.className = `neoai-QuickOpen-${part}`;
  return node;
}
