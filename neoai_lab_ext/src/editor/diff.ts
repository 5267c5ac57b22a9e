import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownIcon,
  caretUpIcon,
  type LabIcon,
  textEditorIcon,
  ToolbarButton
} from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import type { DiffView } from './diffview';
import type { NeoAIEditorWidget } from './tokens';

/** What a file is compared with. */
export interface IOriginal {
  /** Says which it is, in the page's language: "Saved", "HEAD", a version's time. */
  readonly label: string;
  /** Reads it; rejects with what to say where that is not possible. */
  read(): Promise<string>;
}

interface IDiffOptions {
  file: NeoAIEditorWidget;
  original: IOriginal;
  trans: TranslationBundle;
}

/**
 * A file beside what it was or what another is. The right side is the open document itself, live
 * and shared; it goes when the file's own tab is closed.
 */
export class DiffEditor extends Widget {
  constructor(private readonly _options: IDiffOptions) {
    super();
    this.addClass('neoai-Diff');
    const { file } = _options;
    file.disposed.connect(this._onClosed, this);
    file.context.pathChanged.connect(this._name, this);
    this._name();
    this._status.setAttribute('role', 'status');
    this._status.className = 'neoai-Diff-status';
    this.ready = this._load();
  }

  readonly ready: Promise<void>;

  /** The two texts; null until they are there. */
  get view(): DiffView | null {
    return this._view;
  }

  get isSideBySide(): boolean {
    return this._sideBySide;
  }

  get ignoresWhitespace(): boolean {
    return this._ignoreWhitespace;
  }

  toggleSideBySide(): void {
    this._sideBySide = !this._sideBySide;
    this._view?.show(this._sideBySide, this._ignoreWhitespace);
  }

  toggleWhitespace(): void {
    this._ignoreWhitespace = !this._ignoreWhitespace;
    this._view?.show(this._sideBySide, this._ignoreWhitespace);
  }

  /** Read again what the file is compared with. */
  async refresh(): Promise<void> {
    await this.ready;
    try {
      this._view?.setOriginal(await this._options.original.read());
    } catch (error) {
      this._say(error instanceof Error ? error.message : String(error));
    }
  }

  /** How many changes there are, for a toolbar. */
  get status(): HTMLElement {
    return this._status;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    // The original's model and the editor go; the file's model is its own editor's.
    this._view?.dispose();
    this._view = null;
    this._options.file.disposed.disconnect(this._onClosed, this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    void this.ready.then(() => this._view?.focus());
  }

  protected override onAfterShow(): void {
    this._fit();
  }

  protected override onResize(): void {
    this._fit();
  }

  private _fit(): void {
    if (this.isVisible) {
      this._view?.fit();
    }
  }

  private async _load(): Promise<void> {
    const { file, original, trans } = this._options;
    let text: string;
    const [{ DiffView }, view] = await Promise.all([
      import('./monaco'),
      file.content.ready
    ]);
    try {
      text = await original.read();
    } catch (error) {
      this._explain(error);
      return;
    }
    if (this.isDisposed || view.isDisposed) {
      return;
    }
    const host = document.createElement('div');
    host.className = 'neoai-Editor-host';
    this.node.replaceChildren(host);
    const path = file.context.localPath;
    this._view = new DiffView({
      host,
      original: text,
      view,
      settings: file.content.settings,
      originalLabel: trans.__('%1, %2', path, original.label),
      modifiedLabel: trans.__('%1, as it is now', path),
      nextLabel: trans.__('Next Change'),
      previousLabel: trans.__('Previous Change')
    });
    this._view.editor.onDidUpdateDiff(() => this._count());
    this._fit();
    if (this.isVisible) {
      this._view.focus();
    }
  }

  private _count(): void {
    const changes = this._view?.changes ?? null;
    const { trans } = this._options;
    if (changes === null) {
      this._say('');
    } else if (changes === 0) {
      this._say(trans.__('No differences'));
    } else {
      this._say(trans._n('%1 change', '%1 changes', changes));
    }
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
    this.node.replaceChildren(box);
  }

  private _say(text: string): void {
    this._status.textContent = text;
  }

  private _name(): void {
    const { file, original, trans } = this._options;
    const name = file.context.localPath.split('/').pop() ?? '';
    this.title.label = trans.__('%1 (%2)', name, original.label);
    this.title.caption = trans.__(
      '%1 compared with: %2',
      file.context.localPath,
      original.label
    );
    this.title.icon = textEditorIcon;
    this.title.closable = true;
  }

  private _onClosed(): void {
    (this.parent ?? this).dispose();
  }

  private readonly _status = document.createElement('span');
  private _ignoreWhitespace = false;
  private _sideBySide = true;
  private _view: DiffView | null = null;
}

/** The diff with its toolbar, for the main area. */
export function diffWidget(options: IDiffOptions): MainAreaWidget<DiffEditor> {
  const { trans } = options;
  const content = new DiffEditor(options);
  const widget = new MainAreaWidget({ content });
  const { toolbar } = widget;
  toolbar.node.setAttribute('aria-label', trans.__('Comparison'));
  const step = (target: 'next' | 'previous', icon: LabIcon, tooltip: string) =>
    new ToolbarButton({
      icon,
      tooltip,
      onClick: () => content.view?.go(target)
    });
  toolbar.addItem(
    'previous',
    step('previous', caretUpIcon, trans.__('Previous change (Shift+F7)'))
  );
  toolbar.addItem(
    'next',
    step('next', caretDownIcon, trans.__('Next change (F7)'))
  );
  const side = new ToolbarButton({
    label: trans.__('Side by side'),
    tooltip: trans.__('Show the texts beside each other, or as one'),
    pressed: true,
    onClick: () => {
      content.toggleSideBySide();
      side.pressed = content.isSideBySide;
    }
  });
  const whitespace = new ToolbarButton({
    label: trans.__('Ignore whitespace'),
    tooltip: trans.__('Leave out changes of spaces at the ends of lines'),
    pressed: false,
    onClick: () => {
      content.toggleWhitespace();
      whitespace.pressed = content.ignoresWhitespace;
    }
  });
  toolbar.addItem('side', side);
  toolbar.addItem('whitespace', whitespace);
  toolbar.addItem('status', new Widget({ node: content.status }));
  return widget;
}
