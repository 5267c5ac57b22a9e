import type * as nbformat from '@jupyterlab/nbformat';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { smallestEdits } from '../editor/edits';
import type { Row } from './notebookdiff';
import { OutputsView } from './outputsview';

interface ICellOptions {
  row: Row;
  before: nbformat.ICell | null;
  after: nbformat.ICell | null;
  language: string;
  colorize: (text: string, language: string) => Promise<string[]>;
  /** Whether metadata and execution counts matter. */
  metadata: boolean;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
}

/** A cell of a comparison: what it was and what it is. */
export class CellRow implements IDisposable {
  constructor(private readonly _options: ICellOptions) {
    const { row, metadata } = _options;
    const noted = metadata && (row.metadata || row.execution_count);
    this.isChange = !!(
      (row.kind !== 'same' && row.kind !== 'changed') ||
      row.source ||
      row.outputs ||
      noted
    );
    this.node.className = 'neoai-CellDiff';
    if (this.isChange) {
      this._mark();
    }
    this._head();
    this._body();
  }

  readonly node = document.createElement('section');
  readonly isChange: boolean;

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._outputs?.dispose();
  }

  private _mark(): void {
    const { row } = this._options;
    this.node.classList.add(`neoai-mod-${row.kind}`);
    if (row.kind !== 'moved-away') {
      this.node.classList.add('neoai-mod-change');
    }
    this.node.tabIndex = -1;
    const { before, after } = this._options;
    this.node.dataset.cell = String((after ?? before)?.id ?? '');
  }

  private _head(): void {
    const { row, before, after, trans } = this._options;
    const words: Record<Row['kind'], string> = {
      same: trans.__('Unchanged'),
      changed: trans.__('Changed'),
      added: trans.__('Added'),
      removed: trans.__('Removed'),
      moved: trans.__('Moved'),
      'moved-away': trans.__('Moved away')
    };
    const head = document.createElement('header');
    const badge = document.createElement('span');
    badge.className = 'neoai-CellDiff-badge';
    badge.textContent = this.isChange ? words[row.kind] : words.same;
    const place = document.createElement('span');
    place.className = 'neoai-CellDiff-place';
    place.textContent = this._place();
    head.append(badge, place);
    const what = [
      row.kind === 'changed' && row.outputs && !row.source
        ? trans.__('outputs')
        : '',
      before && after && before.cell_type !== after.cell_type
        ? `${before.cell_type} → ${after.cell_type}`
        : (after ?? before)?.cell_type === 'code'
          ? ''
          : String((after ?? before)?.cell_type ?? '')
    ].filter(Boolean);
    const about = document.createElement('span');
    about.className = 'neoai-CellDiff-about';
    about.textContent = what.join(' · ');
    head.append(about);
    this.node.setAttribute(
      'aria-label',
      `${badge.textContent}, ${place.textContent}`
    );
    this.node.append(head);
  }

  private _place(): string {
    const { row, trans } = this._options;
    const [from, to] = [row.base, row.remote].map(place =>
      place === null || place === undefined ? null : place + 1
    );
    if (from !== null && to !== null && from !== to) {
      return trans.__('Cell %1 → %2', from, to);
    }
    return trans.__('Cell %1', to ?? from ?? 0);
  }

  private _body(): void {
    const { row, before, after, metadata, trans } = this._options;
    if (row.kind === 'moved-away') {
      return; // It is shown where it is now.
    }
    const language = this._language((after ?? before)?.cell_type);
    const old = before ? joined(before.source) : null;
    const now = after ? joined(after.source) : null;
    const isWhole = this.isChange && (old === null || now === null);
    this.node.append(
      sourceDiff(
        this.isChange && !isWhole ? (old ?? '') : (old ?? now ?? ''),
        this.isChange && !isWhole ? (now ?? '') : (now ?? old ?? ''),
        isWhole ? (old === null ? 'added' : 'removed') : null,
        text => this._options.colorize(text, language)
      )
    );
    const [was, is] = [before, after].map(cell =>
      cell ? ((cell.outputs as nbformat.IOutput[] | undefined) ?? []) : []
    );
    if (this.isChange && (row.outputs || isWhole) && was.length + is.length) {
      this._outputs = new OutputsView({
        before: was,
        after: is,
        isChanged: !!row.outputs,
        rendermime: this._options.rendermime,
        trans
      });
      this.node.append(this._outputs.node);
    }
    if (metadata && before && after) {
      this._metadata(before, after);
    }
  }

  private _metadata(before: nbformat.ICell, after: nbformat.ICell): void {
    const { row, trans } = this._options;
    if (row.execution_count) {
      const line = document.createElement('p');
      line.className = 'neoai-CellDiff-count';
      line.textContent = trans.__(
        'Execution count: %1 → %2',
        String(before.execution_count ?? '–'),
        String(after.execution_count ?? '–')
      );
      this.node.append(line);
    }
    if (row.metadata) {
      this.node.append(jsonDiff(before.metadata, after.metadata));
    }
  }

  private _language(type: unknown): string {
    return type === 'markdown'
      ? 'markdown'
      : type === 'code'
        ? this._options.language
        : 'plaintext';
  }

  private _isDisposed = false;
  private _outputs: OutputsView | null = null;
}

/** Unchanged cells, behind a button. */
export function folded(
  rows: readonly CellRow[],
  trans: TranslationBundle
): HTMLElement {
  const box = document.createElement('div');
  const button = document.createElement('button');
  button.className = 'neoai-CellDiff-folded';
  button.setAttribute('aria-expanded', 'false');
  button.textContent = trans._n(
    '%1 unchanged cell',
    '%1 unchanged cells',
    rows.length
  );
  const list = document.createElement('div');
  list.hidden = true;
  button.addEventListener('click', () => {
    list.hidden = !list.hidden;
    button.setAttribute('aria-expanded', String(!list.hidden));
    if (!list.hasChildNodes()) {
      list.append(...rows.map(row => row.node));
    }
  });
  box.append(button, list);
  return box;
}

/** The change of the notebook's own metadata. */
export function metadataRow(
  before: unknown,
  after: unknown,
  trans: TranslationBundle
): HTMLElement {
  const node = document.createElement('section');
  node.className = 'neoai-CellDiff neoai-mod-changed neoai-mod-change';
  node.tabIndex = -1;
  const head = document.createElement('header');
  const badge = document.createElement('span');
  badge.className = 'neoai-CellDiff-badge';
  badge.textContent = trans.__('Changed');
  const place = document.createElement('span');
  place.textContent = trans.__('The notebook’s metadata');
  head.append(badge, place);
  node.append(head, jsonDiff(before, after));
  return node;
}

const jsonDiff = (before: unknown, after: unknown): HTMLElement =>
  sourceDiff(pretty(before), pretty(after), null, text =>
    Promise.resolve(escaped(text).split('\n'))
  );

const pretty = (value: unknown): string =>
  `${JSON.stringify(value ?? {}, null, 2)}\n`;

/** Two texts as one: what went in red, what came in green. Coloured when `colorize` is done. */
function sourceDiff(
  before: string,
  after: string,
  whole: 'added' | 'removed' | null,
  colorize: (text: string) => Promise<string[]>
): HTMLElement {
  const table = document.createElement('div');
  table.className = 'neoai-SourceDiff';
  const [old, now] = [linesOf(before), linesOf(after)];
  const lines: { node: HTMLElement; side: 0 | 1; at: number }[] = [];
  const add = (side: 0 | 1, at: number, sign: '' | '-' | '+') => {
    const line = document.createElement('div');
    line.className = `neoai-SourceDiff-line${
      sign === '-' ? ' neoai-mod-old' : sign === '+' ? ' neoai-mod-new' : ''
    }`;
    const number = document.createElement('span');
    number.className = 'neoai-SourceDiff-number';
    number.textContent = `${at + 1}`;
    const mark = document.createElement('span');
    mark.className = 'neoai-SourceDiff-sign';
    mark.textContent = sign;
    const text = document.createElement('span');
    text.className = 'neoai-SourceDiff-text';
    text.textContent = (side ? now : old)[at];
    line.append(number, mark, text);
    table.append(line);
    lines.push({ node: text, side, at });
  };
  if (whole) {
    const side = whole === 'added' ? 1 : 0;
    (side ? now : old).forEach((_, at) => add(side, at, side ? '+' : '-'));
  } else {
    eachLine(ended(before), ended(after), add);
  }
  void Promise.all([colorize(before), colorize(after)]).then(colored => {
    for (const { node, side, at } of lines) {
      const html = colored[side][at];
      if (html) {
        node.innerHTML = html; // Monaco's own markup: the text in it is escaped.
      }
    }
  });
  return table;
}

function eachLine(
  before: string,
  after: string,
  add: (side: 0 | 1, at: number, sign: '' | '-' | '+') => void
): void {
  let [from, to, offset] = [0, 0, 0];
  const end = { offset: before.length, length: 0, text: '' };
  for (const edit of [...smallestEdits(before, after), end]) {
    linesOf(before.slice(offset, edit.offset)).forEach(() => {
      add(1, to++, '');
      from++;
    });
    const removed = before.slice(edit.offset, edit.offset + edit.length);
    linesOf(removed).forEach(() => add(0, from++, '-'));
    linesOf(edit.text).forEach(() => add(1, to++, '+'));
    offset = edit.offset + edit.length;
  }
}

const linesOf = (text: string): string[] =>
  text ? text.replace(/\n$/, '').split('\n') : [];

/** A cell's last line mostly has no line break, and is not changed by getting one. */
const ended = (text: string): string =>
  text === '' || text.endsWith('\n') ? text : `${text}\n`;

const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

const joined = (source: nbformat.MultilineString): string =>
  typeof source === 'string' ? source : source.join('');
