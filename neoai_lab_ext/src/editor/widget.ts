import type { YFile } from '@jupyter/ydoc';
import type { IThemeManager } from '@jupyterlab/apputils';
import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget
} from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { PromiseDelegate } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { mayTakeFocus } from '../focus';
import type { Companions } from './companions';
import type { IFileText } from './filetext';
import { parseFragment } from './fragment';
import type { IEditorSettings } from './settings';
import type { NeoAIEditorWidget } from './tokens';
import type { EditorView } from './view';

/** What every editor of a page shares. */
export interface IEditorServices {
  readonly companions: Companions;
  readonly registry: DocumentRegistry;
  readonly themes: IThemeManager | null;
  readonly trans: TranslationBundle;
  /** The settings now in force. */
  settings: IEditorSettings;
  /** Emitted when they changed. */
  readonly settingsChanged: ISignal<unknown, IEditorSettings>;
  /** Save the file in front, as the user's own command does. */
  save(): Promise<void>;
  /** Format the file in front. */
  format(): void;
  /** Open `path` in JupyterLab's own editor: the way on where Monaco cannot be loaded. */
  openElsewhere(path: string): void;
}

/**
 * The text of a document in Monaco, which is fetched when the first of these is made.
 *
 * Keys need no arrangement: JupyterLab 4.6 listens for them at the document, after Monaco, and
 * leaves alone what Monaco has taken; `data-lm-suppress-shortcuts` would keep the rest, such as
 * Ctrl+S, from it.
 */
export class MonacoEditor extends Widget {
  constructor(
    readonly context: DocumentRegistry.CodeContext,
    private readonly _services: IEditorServices
  ) {
    super();
    this.addClass('neoai-Editor');
    this.title.icon = textEditorIcon;
    this.node.dataset.jpUndoer = 'true';
    this.settled = this._load();
    _services.settingsChanged.connect(this._onSettings, this);
    context.pathChanged.connect(this._onPath, this);
    context.model.stateChanged.connect(this._onState, this);
  }

  /** Resolves when the text is there to be edited. */
  get ready(): Promise<EditorView> {
    return this._ready.promise;
  }

  /** Resolves when there is something to see: the text, or why it could not be shown. */
  readonly settled: Promise<void>;

  /** The Monaco editor and its model; null until it is ready. */
  get view(): EditorView | null {
    return this._view;
  }

  /** The settings now in force. */
  get settings(): IEditorSettings {
    return this._services.settings;
  }

  /** Where the cursor is: line and column from 1. */
  get cursor(): { line: number; column: number } {
    const position = this._view?.editor.getPosition();
    return { line: position?.lineNumber ?? 1, column: position?.column ?? 1 };
  }

  get cursorMoved(): ISignal<this, void> {
    return this._cursorMoved;
  }

  /** The file's encoding and line endings; null while they are not known. */
  get fileText(): IFileText | null {
    return this._fileText;
  }

  set fileText(fileText: IFileText | null) {
    this._fileText = fileText;
    this._statusChanged.emit();
  }

  /** The selection, the language, the encoding or the like is another one now. */
  get statusChanged(): ISignal<this, void> {
    return this._statusChanged;
  }

  /** The file's symbols are to be asked for again, whatever its text. */
  get symbolsChanged(): ISignal<this, void> {
    return this._symbolsChanged;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._view?.dispose();
    this._view = null;
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    void this._ready.promise.then(view => {
      if (this.isVisible && mayTakeFocus(this.parent?.node ?? this.node)) {
        view.editor.focus();
      }
    });
  }

  protected override onAfterShow(): void {
    this._fit();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
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
    const loading = import('./monaco').then(
      monaco => ({ monaco, error: null }),
      (error: unknown) => ({ monaco: null, error })
    );
    const companions = this._services.companions.fetch();
    try {
      await this.context.ready;
    } catch {
      return; // JupyterLab has said why the file cannot be read.
    }
    const { monaco, error } = await loading;
    await companions;
    if (this.isDisposed) {
      return;
    }
    if (!monaco) {
      this._explain(error);
      return;
    }
    const { settings, themes, trans } = this._services;
    monaco.useThemes(themes);
    const host = document.createElement('div');
    host.className = 'neoai-Editor-host';
    this.node.replaceChildren(host);
    this._view = new monaco.EditorView({
      host,
      shared: this.context.model.sharedModel as YFile,
      path: this.context.localPath,
      mimeTypes: this._mimeTypes(),
      readOnly: this._isReadOnly(),
      settings,
      trans,
      save: this._services.save,
      close: () => this.parent?.close(),
      format: this._services.format
    });
    this._view.cursorMoved.connect(() => this._cursorMoved.emit());
    this._view.statusChanged.connect(() => this._statusChanged.emit());
    this._view.symbolsChanged.connect(() => this._symbolsChanged.emit());
    this._fit();
    this._ready.resolve(this._view);
  }

  /** Say that the editor did not come, and offer to try again or to go on with JupyterLab's. */
  private _explain(error: unknown): void {
    const { trans, openElsewhere } = this._services;
    console.error('NeoAI could not load its editor.', error);
    const box = document.createElement('div');
    box.className = 'neoai-EditorError';
    box.setAttribute('role', 'alert');
    const title = document.createElement('h2');
    title.textContent = trans.__('The editor could not be loaded');
    const text = document.createElement('p');
    text.textContent = trans.__(
      'Its code did not arrive from the server. The file is untouched.'
    );
    const detail = document.createElement('code');
    detail.textContent = error instanceof Error ? error.message : String(error);
    const actions = document.createElement('div');
    actions.append(
      button(trans.__('Try again'), () => {
        box.remove();
        void this._load();
      }),
      button(trans.__("Open with JupyterLab's editor"), () =>
        openElsewhere(this.context.path)
      )
    );
    box.append(title, text, detail, actions);
    this.node.replaceChildren(box);
  }

  private _isReadOnly(): boolean {
    return (
      this.context.model.readOnly ||
      this.context.contentsModel?.writable === false
    );
  }

  private _mimeTypes(): string[] {
    const types = this._services.registry.getFileTypesForPath(
      this.context.localPath
    );
    return types.flatMap(type => [...type.mimeTypes]);
  }

  private _onPath(): void {
    this._view?.setPath(this.context.localPath, this._mimeTypes());
  }

  private _onSettings(_: unknown, settings: IEditorSettings): void {
    this._view?.updateSettings(settings);
  }

  private _onState(): void {
    this._view?.setReadOnly(this._isReadOnly());
  }

  private readonly _cursorMoved = new Signal<this, void>(this);
  private readonly _statusChanged = new Signal<this, void>(this);
  private readonly _symbolsChanged = new Signal<this, void>(this);
  private readonly _ready = new PromiseDelegate<EditorView>();
  private _fileText: IFileText | null = null;
  private _view: EditorView | null = null;
}

/** A document in Monaco; its fragment may name lines: `#L12` or `#L12-L20`. */
export class MonacoDocument extends DocumentWidget<
  MonacoEditor,
  DocumentRegistry.ICodeModel
> {
  override async setFragment(fragment: string): Promise<void> {
    const lines = parseFragment(fragment);
    if (lines) {
      (await this.content.ready).reveal(lines);
    }
  }
}

export class MonacoEditorFactory extends ABCWidgetFactory<
  NeoAIEditorWidget,
  DocumentRegistry.ICodeModel
> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<NeoAIEditorWidget>,
    private readonly _services: IEditorServices
  ) {
    super(options);
  }

  protected override createNewWidget(
    context: DocumentRegistry.CodeContext
  ): NeoAIEditorWidget {
    const content = new MonacoEditor(context, this._services);
    const widget = new MonacoDocument({
      content,
      context,
      reveal: content.settled
    });
    widget.toolbar.hide();
    return widget;
  }
}

function button(label: string, onClick: () => void): HTMLButtonElement {
  const node = document.createElement('button');
  node.className = 'jp-mod-styled';
  node.textContent = label;
  node.addEventListener('click', onClick);
  return node;
}
