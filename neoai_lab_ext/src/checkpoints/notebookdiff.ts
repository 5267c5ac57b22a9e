import { type IThemeManager, MainAreaWidget } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type * as nbformat from '@jupyterlab/nbformat';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretUpIcon,
  type LabIcon,
  notebookIcon,
  ToolbarButton
} from '@jupyterlab/ui-components';
import { Debouncer } from '@lumino/polling';
import { Widget } from '@lumino/widgets';

import type { API, components } from '../api';
import type { IOriginal } from '../editor/diff';
import { CellRow, folded, metadataRow } from './notebookrows';

export type Comparison = components['schemas']['NotebookComparison'];
export type Row = components['schemas']['NotebookRow'];

/** How long typing in the notebook rests before it is compared again. */
const REST_MS = 800;

interface IOptions {
  api: API;
  context: DocumentRegistry.Context;
  original: IOriginal;
  rendermime: IRenderMimeRegistry;
  themes: IThemeManager | null;
  trans: TranslationBundle;
  /** Show the two as texts instead, and say why. */
  asText: (reason?: string) => Promise<void>;
}

/** A notebook beside what it was, cell by cell as nbdime aligns them. */
export class NotebookDiff extends Widget {
  constructor(private readonly _options: IOptions) {
    super();
    this.addClass('neoai-NotebookDiff');
    this.node.tabIndex = -1;
    const { context, original, trans } = _options;
    const name = context.localPath.split('/').pop() ?? '';
    this.title.label = trans.__('%1 (%2)', name, original.label);
    this.title.caption = trans.__(
      '%1 compared with: %2',
      context.localPath,
      original.label
    );
    this.title.icon = notebookIcon;
    this.title.closable = true;
    this.status.setAttribute('role', 'status');
    this.status.className = 'neoai-Diff-status';
    context.disposed.connect(this._onClosed, this);
    context.model.contentChanged.connect(this._onChanged, this);
    this.node.addEventListener('keydown', this._onKey);
    this.node.addEventListener('click', this._onClick);
    this.ready = this.refresh();
  }

  readonly ready: Promise<void>;

  /** How many changes there are, for a toolbar. */
  readonly status = document.createElement('span');

  /** For the commands that go from change to change. */
  readonly view = { go: (target: 'next' | 'previous') => this.go(target) };

  get showsMetadata(): boolean {
    return this._showsMetadata;
  }

  toggleMetadata(): void {
    this._showsMetadata = !this._showsMetadata;
    void this._show();
  }

  /** Read both sides again. */
  async refresh(): Promise<void> {
    const { api, context, original, trans } = this._options;
    const asked = ++this._asked;
    this.status.textContent = trans.__('Comparing…');
    let base: nbformat.INotebookContent;
    try {
      const text = await original.read();
      try {
        base = JSON.parse(text) as nbformat.INotebookContent;
      } catch {
        await this._giveUp(
          trans.__('“%1” is no notebook: compared as texts.', original.label)
        );
        return;
      }
    } catch (error) {
      this._explain(error);
      return;
    }
    const remote =
      context.model.toJSON() as unknown as nbformat.INotebookContent;
    let comparison: Comparison;
    try {
      comparison = await api.post('/notebooks/compare', {
        body: { base: base as never, remote: remote as never }
      });
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      await this._giveUp(trans.__('Compared as texts. %1', said));
      return;
    }
    if (asked === this._asked && !this.isDisposed) {
      this._found = { base, remote, comparison };
      await this._show();
    }
  }

  /** Go to a change; from the last one to the first. */
  go(target: 'next' | 'previous'): void {
    const changes = this._changes;
    if (changes.length === 0) {
      return;
    }
    const at = this._focused;
    const step = target === 'next' ? 1 : -1;
    const next =
      at < 0 && step < 0
        ? changes.length - 1
        : (at + step + changes.length) % changes.length;
    changes[next].focus();
    changes[next].scrollIntoView({ block: 'nearest' });
  }

  asText(): void {
    void this._options.asText();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    const { context } = this._options;
    context.disposed.disconnect(this._onClosed, this);
    context.model.contentChanged.disconnect(this._onChanged, this);
    this._later.dispose();
    this._clear();
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }

  private async _show(): Promise<void> {
    if (!this._found) {
      return;
    }
    const { base, remote, comparison } = this._found;
    const { rendermime, trans } = this._options;
    const monaco = await import('../editor/monaco');
    monaco.useThemes(this._options.themes);
    if (this.isDisposed) {
      return;
    }
    const metadata = this._showsMetadata;
    const scroll = this.node.scrollTop;
    const at = this._focused;
    const focused = this._changes[at]?.dataset.cell;
    this._clear();
    const rows = document.createElement('div');
    rows.className = 'neoai-NotebookDiff-rows';
    if (!comparison.complete) {
      const note = document.createElement('p');
      note.className = 'neoai-NotebookDiff-note';
      note.textContent = trans.__(
        'The notebooks are too large to be compared closely: cells are matched by their ids or sources alone.'
      );
      rows.append(note);
    }
    let changes = 0;
    if (metadata && comparison.metadata) {
      rows.append(metadataRow(base.metadata, remote.metadata, trans));
      changes++;
    }
    let same: CellRow[] = [];
    const fold = () => {
      if (same.length) {
        rows.append(folded(same, trans));
      }
      same = [];
    };
    for (const row of comparison.rows) {
      const cell = new CellRow({
        row,
        before: row.base === null ? null : base.cells[row.base],
        after: row.remote === null ? null : remote.cells[row.remote],
        language: languageOf(remote) ?? languageOf(base) ?? 'python',
        colorize: (text, language) => monaco.colorize(text, language),
        metadata,
        rendermime,
        trans
      });
      this._rows.push(cell);
      if (cell.isChange) {
        fold();
        rows.append(cell.node);
        changes += row.kind === 'moved-away' ? 0 : 1;
      } else {
        same.push(cell);
      }
    }
    fold();
    this.node.replaceChildren(rows);
    // Whoever goes through the changes goes on from there, though the notebook is edited meanwhile.
    const changed = this._changes;
    const kept =
      changed.find(({ dataset }) => focused && dataset.cell === focused) ??
      changed[Math.min(at, changed.length - 1)];
    kept?.focus({ preventScroll: true });
    this.node.scrollTop = scroll;
    this.status.textContent =
      changes === 0
        ? trans.__('No differences')
        : trans._n('%1 change', '%1 changes', changes);
  }

  private get _changes(): HTMLElement[] {
    return [...this.node.querySelectorAll<HTMLElement>('.neoai-mod-change')];
  }

  /** Which of the changes has the focus; -1 if none has. */
  private get _focused(): number {
    const active =
      document.activeElement?.closest<HTMLElement>('.neoai-mod-change');
    return active ? this._changes.indexOf(active) : -1;
  }

  private async _giveUp(reason: string): Promise<void> {
    if (this._isOver) {
      return;
    }
    this._isOver = true;
    try {
      await this._options.asText(reason);
    } catch (error) {
      this._explain(error);
      return;
    }
    (this.parent ?? this).dispose();
  }

  private _explain(error: unknown): void {
    const box = document.createElement('div');
    box.className = 'neoai-EditorError';
    box.setAttribute('role', 'alert');
    const title = document.createElement('h2');
    title.textContent = this._options.trans.__('There is nothing to compare');
    const text = document.createElement('p');
    text.textContent = error instanceof Error ? error.message : String(error);
    box.append(title, text);
    this.status.textContent = '';
    this.node.replaceChildren(box);
  }

  private _clear(): void {
    for (const row of this._rows) {
      row.dispose();
    }
    this._rows = [];
  }

  private _onChanged(): void {
    if (!this._isOver) {
      void this._later.invoke();
    }
  }

  private _onClosed(): void {
    (this.parent ?? this).dispose();
  }

  private readonly _onKey = (event: KeyboardEvent): void => {
    if (event.key === 'F7') {
      event.preventDefault();
      event.stopPropagation();
      this.go(event.shiftKey ? 'previous' : 'next');
    }
  };

  /** A change that is clicked is where the next one is looked for from. */
  private readonly _onClick = (event: MouseEvent): void => {
    const target = event.target as HTMLElement;
    if (!target.closest('button') && !getSelection()?.toString()) {
      target
        .closest<HTMLElement>('.neoai-mod-change')
        ?.focus({ preventScroll: true });
    }
  };

  private _asked = 0;
  private _found: {
    base: nbformat.INotebookContent;
    remote: nbformat.INotebookContent;
    comparison: Comparison;
  } | null = null;
  /** Whether it is shown as text instead. */
  private _isOver = false;
  private readonly _later = new Debouncer(() => this.refresh(), REST_MS);
  private _rows: CellRow[] = [];
  private _showsMetadata = false;
}

function languageOf(notebook: nbformat.INotebookContent): string | undefined {
  const { language_info, kernelspec } = notebook.metadata ?? {};
  return language_info?.name ?? (kernelspec?.language as string | undefined);
}

/** The comparison with its toolbar, for the main area. */
export function notebookDiffWidget(
  options: IOptions
): MainAreaWidget<NotebookDiff> {
  const { trans } = options;
  const content = new NotebookDiff(options);
  const widget = new MainAreaWidget({ content });
  const { toolbar } = widget;
  toolbar.node.setAttribute('aria-label', trans.__('Comparison'));
  const step = (target: 'next' | 'previous', icon: LabIcon, tooltip: string) =>
    new ToolbarButton({ icon, tooltip, onClick: () => content.go(target) });
  toolbar.addItem(
    'previous',
    step('previous', caretUpIcon, trans.__('Previous change (Shift+F7)'))
  );
  toolbar.addItem(
    'next',
    step('next', caretDownIcon, trans.__('Next change (F7)'))
  );
  const metadata = new ToolbarButton({
    label: trans.__('Metadata'),
    tooltip: trans.__('Show changes of metadata and execution counts too'),
    pressed: false,
    onClick: () => {
      content.toggleMetadata();
      metadata.pressed = content.showsMetadata;
    }
  });
  toolbar.addItem('metadata', metadata);
  toolbar.addItem(
    'text',
    new ToolbarButton({
      label: trans.__('As text'),
      tooltip: trans.__('Compare the files line by line'),
      onClick: () => content.asText()
    })
  );
  toolbar.addItem('status', new Widget({ node: content.status }));
  return widget;
}
