import type { IThemeManager } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget
} from '@jupyterlab/docregistry';
import type { ServerConnection, ServiceManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { fileIcon } from '@jupyterlab/ui-components';
import { PromiseDelegate } from '@lumino/coreutils';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { Banner, type IBannerAction } from '../collaboration';
import { parseFragment } from '../editor/fragment';
import type { IEditorSettings } from '../editor/settings';
import { keepingFocus, mayTakeFocus } from '../focus';
import { card, type ICardAction } from './card';
import type { Gate } from './gate';
import { typeOf } from './hex';
import { type IFacts, type ILimits, type Kind, sizeText } from './judging';
import { FileBytes } from './reading';
import type { TextReader } from './textreader';

/** What every page of this kind needs. */
export interface IPageServices {
  readonly gate: Gate;
  readonly contents: ServiceManager.IManager['contents'];
  readonly server: ServerConnection.ISettings;
  readonly themes: IThemeManager | null;
  readonly trans: TranslationBundle;
  editorSettings(): IEditorSettings;
  limits(): ILimits;
  /** Ways to open the file that know its kind, by name and label. */
  viewersOf(path: string): { name: string; label: string }[];
  open(path: string, factory: string): void;
  /** Open a terminal in a folder; null where there are no terminals. */
  readonly openTerminal: ((folder: string) => void) | null;
  /** Show the settings of these pages; null where there is no editor of settings. */
  readonly openSettings: (() => void) | null;
}

/** How much of a file is shown that is too large to be shown whole, in bytes. */
const PART = 5_000_000;

/** How much of a file that is no text is shown in hexadecimal, in bytes. */
const HEX = 1024;

/**
 * A file that is not for editing: read as text where it is large, described where it is no text
 * or too large. It never holds a document, so that nothing can be written back.
 */
export class FilePage extends Widget {
  constructor(
    private readonly _context: DocumentRegistry.CodeContext,
    private readonly _services: IPageServices
  ) {
    super();
    this.addClass('neoai-FilePage');
    this.title.icon = fileIcon;
    this.settled = this._look();
  }

  /** Says over the file why it is shown so. */
  readonly banner = new Banner();

  /** Resolves when there is something to see. */
  readonly settled: Promise<void>;

  /** The text, where it is shown. */
  get reader(): TextReader | null {
    return this._reader;
  }

  /** Resolves when the text is there as far as it is shown. */
  get complete(): Promise<void> {
    return this._complete.promise;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._stop();
    super.dispose();
  }

  protected override onActivateRequest(): void {
    void this.settled.then(() => {
      if (!this._mayTakeFocus) {
        return;
      }
      if (this._reader) {
        this._reader.editor.focus();
      } else {
        this.node.querySelector<HTMLElement>('button, [tabindex]')?.focus();
      }
    });
  }

  protected override onAfterShow(): void {
    this._reader?.editor.layout();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._reader?.editor.layout();
  }

  protected override onResize(): void {
    this._reader?.editor.layout();
  }

  private async _look(): Promise<void> {
    const { gate, trans } = this._services;
    const path = this._context.path;
    try {
      const { kind, facts } = await gate.look(path);
      if (this.isDisposed) {
        return;
      }
      const intent = gate.takeIntent(path);
      if (kind === 'text' && intent && this.parent) {
        const { id } = this.parent;
        const open = () => intent(id);
        if (this._mayTakeFocus ? open() : keepingFocus(open)) {
          this.parent.dispose();
          return;
        }
      }
      await this._show(kind, facts);
    } catch (error) {
      gate.takeIntent(path);
      if (!this.isDisposed) {
        this._card({
          title: trans.__('The file cannot be read'),
          lines: [error instanceof Error ? error.message : String(error)],
          actions: [this._again()]
        });
      }
    }
  }

  private async _show(kind: Kind, facts: IFacts): Promise<void> {
    switch (kind) {
      case 'binary':
        await this._describe(facts);
        break;
      case 'huge':
        this._refuse(facts);
        break;
      default:
        await this._read(kind, facts, null);
    }
  }

  /** What a file is that is no text, with its first bytes. */
  private async _describe(facts: IFacts): Promise<void> {
    const { trans, viewersOf, open } = this._services;
    const path = this._context.path;
    const bytes = await (await this._bytes()).head(HEX);
    if (this.isDisposed) {
      return;
    }
    const type = typeOf(bytes);
    const size = facts.size === null ? [] : [sizeText(facts.size)];
    this._card({
      title: trans.__('%1 is no text', PathExt.basename(path)),
      lines: [
        [...(type ? [type] : [trans.__('Binary file')]), ...size].join(' · '),
        trans.__(
          'Its bytes mean something else than characters, so that it cannot be edited here. Nothing of it has been changed.'
        )
      ],
      actions: [
        ...viewersOf(path).map(({ name, label }) => ({
          label: trans.__('Open with %1', label),
          run: () => open(path, name)
        })),
        {
          label: trans.__('Open Anyway as Text'),
          run: () => void this._read('binary', facts, null)
        },
        this._download()
      ],
      hex: bytes
    });
  }

  /** Why a file is not shown, and ways on. */
  private _refuse(facts: IFacts): void {
    const { trans, limits, openTerminal } = this._services;
    const path = this._context.path;
    const part = sizeText(PART);
    const folder = PathExt.dirname(this._services.contents.localPath(path));
    this._card({
      title: trans.__('%1 is too large to be shown', PathExt.basename(path)),
      lines: [
        trans.__(
          'It has %1. Beyond %2 the browser would run out of memory or stand still.',
          sizeText(facts.size ?? 0),
          sizeText(limits().shown)
        )
      ],
      actions: [
        {
          label: trans.__('Show the First %1', part),
          run: () => void this._read('huge', facts, `bytes=0-${PART - 1}`)
        },
        {
          label: trans.__('Show the Last %1', part),
          run: () => void this._read('huge', facts, `bytes=-${PART}`)
        },
        this._download(),
        ...(openTerminal
          ? [
              {
                label: trans.__('Open a Terminal There'),
                run: () => openTerminal(folder)
              }
            ]
          : []),
        ...this._toSettings()
      ]
    });
  }

  /** Show the text of the file, or a range of it, as it comes. */
  private async _read(
    kind: Kind,
    facts: IFacts,
    range: string | null
  ): Promise<void> {
    this._stop();
    const stopping = (this._stopping = new AbortController());
    const { themes, trans, editorSettings } = this._services;
    const { TextReader, useThemes } = await import('../editor/monaco');
    if (this.isDisposed) {
      return;
    }
    useThemes(themes);
    const host = document.createElement('div');
    host.className = 'neoai-Editor-host';
    this.node.replaceChildren(host);
    const path = this._context.localPath;
    const reader = (this._reader = new TextReader({
      host,
      label: trans.__('Text of %1, read-only', path),
      settings: editorSettings()
    }));
    reader.editor.layout();
    if (this._mayTakeFocus) {
      reader.editor.focus();
    }
    const filled = this._fill(reader, kind, facts, range, stopping.signal);
    void filled.then(() => this._complete.resolve());
    // The first of it is in sight at once; the rest may come while it is read.
    await Promise.race([
      filled,
      new Promise<void>(resolve => {
        const first = reader.model.onDidChangeContent(() => {
          first.dispose();
          resolve();
        });
      })
    ]);
  }

  private async _fill(
    reader: TextReader,
    kind: Kind,
    facts: IFacts,
    range: string | null,
    signal: AbortSignal
  ): Promise<void> {
    const { trans } = this._services;
    const size =
      range === null ? facts.size : Math.min(PART, facts.size ?? PART);
    const encoding =
      facts.encoding ?? (kind === 'binary' ? 'iso-8859-1' : 'utf-8');
    try {
      const bytes = await this._bytes();
      for await (const piece of bytes.text(encoding, range, signal)) {
        if (reader.isDisposed) {
          return;
        }
        reader.append(piece.text);
        if (size !== null && piece.bytes < size) {
          this.banner.say(
            trans.__(
              'Loading: %1 of %2.',
              sizeText(piece.bytes),
              sizeText(size)
            ),
            {
              label: trans.__('Stop'),
              run: () => this._stopping?.abort()
            }
          );
        }
        await nextTask();
      }
      if (kind === 'text') {
        const mimeType = this._context.contentsModel?.mimetype;
        reader.color(this._context.localPath, mimeType ? [mimeType] : []);
      }
      this._say(kind, facts, range);
    } catch (error) {
      if (reader.isDisposed) {
        return;
      }
      const why = signal.aborted
        ? trans.__('Stopped: this is not the whole file.')
        : trans.__(
            'This is not the whole file: %1',
            error instanceof Error ? error.message : String(error)
          );
      this.banner.say(why, this._again());
    }
  }

  /** Why the text cannot be edited, and what to do. */
  private _say(kind: Kind, facts: IFacts, range: string | null): void {
    const { trans, limits, open } = this._services;
    const size = sizeText(facts.size ?? 0);
    const editable = sizeText(limits().editable);
    const path = this._context.path;
    const edit = {
      label: trans.__('Edit'),
      run: () => open(path, 'default')
    };
    const back = {
      label: trans.__('Back'),
      run: () => void this._show(kind, facts)
    };
    if (kind === 'text') {
      this.banner.say(trans.__('This view is read-only.'), edit);
    } else if (kind === 'binary') {
      this.banner.say(
        trans.__(
          'This file is no text; each of its bytes is shown as a character, for reading only.'
        ),
        back
      );
    } else if (range !== null) {
      this.banner.say(
        range.startsWith('bytes=-')
          ? trans.__('The last %1 of %2, read-only.', sizeText(PART), size)
          : trans.__('The first %1 of %2, read-only.', sizeText(PART), size),
        back,
        this._download()
      );
    } else {
      this.banner.say(
        trans.__(
          'This file has %1. Above %2, files are read-only here: not shared with others, and without what reads the whole text, such as colours.',
          size,
          editable
        ),
        this._again(),
        this._download(),
        ...this._toSettings()
      );
    }
  }

  private _card(shown: Parameters<typeof card>[0]): void {
    this._stop();
    this.banner.hide();
    this.node.replaceChildren(card(shown, this._services.trans));
    this._complete.resolve();
    if (this._mayTakeFocus) {
      this.node.querySelector('button')?.focus();
    }
  }

  private _again(): ICardAction & IBannerAction {
    return {
      label: this._services.trans.__('Reload'),
      run: () => void this._look()
    };
  }

  private _download(): ICardAction & IBannerAction {
    return {
      label: this._services.trans.__('Download'),
      run: () => void this._context.download()
    };
  }

  private _toSettings(): (ICardAction & IBannerAction)[] {
    const { trans, openSettings } = this._services;
    return openSettings
      ? [{ label: trans.__('Change the Limit'), run: openSettings }]
      : [];
  }

  private get _mayTakeFocus(): boolean {
    return this.isVisible && mayTakeFocus(this.parent?.node ?? this.node);
  }

  private async _bytes(): Promise<FileBytes> {
    const { contents, server } = this._services;
    const url = await contents.getDownloadUrl(this._context.path);
    return new FileBytes(url, server);
  }

  private _stop(): void {
    this._stopping?.abort();
    this._stopping = null;
    this._reader?.dispose();
    this._reader = null;
  }

  private readonly _complete = new PromiseDelegate<void>();
  private _reader: TextReader | null = null;
  private _stopping: AbortController | null = null;
}

/** A file for reading; its fragment may name lines: `#L12`. */
export class FilePageDocument extends DocumentWidget<
  FilePage,
  DocumentRegistry.ICodeModel
> {
  override async setFragment(fragment: string): Promise<void> {
    const lines = parseFragment(fragment);
    if (lines) {
      await this.content.complete;
      this.content.reader?.reveal(lines);
    }
  }
}

export class FilePageFactory extends ABCWidgetFactory<
  FilePageDocument,
  DocumentRegistry.ICodeModel
> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions<FilePageDocument>,
    private readonly _services: IPageServices
  ) {
    super(options);
  }

  protected override createNewWidget(
    context: DocumentRegistry.CodeContext
  ): FilePageDocument {
    const content = new FilePage(context, this._services);
    const widget = new FilePageDocument({
      content,
      context,
      reveal: content.settled
    });
    widget.contentHeader.addWidget(content.banner);
    widget.toolbar.hide();
    return widget;
  }
}

/** A chance for the page to draw and to take what was typed. */
function nextTask(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve));
}
