import type { ISharedText } from '@jupyter/ydoc';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { INeoAIEditorOpener } from '../editor';
import type { MonacoEditor } from '../editor/widget';
import type { ISurface } from './surface';

/** Which text: a file's, or a cell's source. */
export interface ITextPlace {
  readonly path: string;
  readonly cell?: string;
}

/** A text that is open in a tab. */
export interface IOpenText {
  readonly widget: IDocumentWidget;
  readonly shared: ISharedText;
  readonly isReadOnly: boolean;
  /** The editor; waits until there is one. */
  surface(keys: IKeys): Promise<ISurface | null>;
  /** Bring it to the front. */
  activate(): Promise<void>;
}

export interface IKeys {
  next: () => void;
  previous: () => void;
}

interface IOptions {
  app: JupyterFrontEnd;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  languages: IEditorLanguageRegistry | null;
  trans: TranslationBundle;
}

/** Finds the texts that are open, and opens others. */
export class Texts {
  constructor(private readonly _options: IOptions) {}

  /** The document that the user is in; null where it is something else. */
  get current(): IDocumentWidget | null {
    const widget = this._options.app.shell.currentWidget;
    return widget && this._options.documents.contextForWidget(widget)
      ? (widget as IDocumentWidget)
      : null;
  }

  /** The id of the cell that the user is in. */
  get currentCell(): string | undefined {
    const notebook = this.current?.content as Notebook | undefined;
    return notebook?.activeCell?.model.id;
  }

  /** The tabs in which a document is open. */
  widgets(path: string): IDocumentWidget[] {
    const found: IDocumentWidget[] = [];
    for (const widget of this._options.app.shell.widgets('main')) {
      const context = this._options.documents.contextForWidget(widget);
      if (context?.localPath === path || context?.path === path) {
        found.push(widget as IDocumentWidget);
      }
    }
    return found;
  }

  /** The text in a tab; null where the tab shows the document in another way. */
  of(widget: IDocumentWidget, place: ITextPlace): IOpenText | null {
    if (widget.isDisposed) {
      return null;
    }
    return place.cell === undefined
      ? this._file(widget)
      : this._cell(widget, place.cell);
  }

  /** Which cell of its notebook it is, from 1; null where that is not open. */
  numberOf({ path, cell }: ITextPlace): number | null {
    const notebook = this.widgets(path).at(0)?.content as Notebook | undefined;
    const index = notebook?.widgets?.findIndex(
      ({ model }) => model.id === cell
    );
    return index === undefined || index < 0 ? null : index + 1;
  }

  /** Every tab that shows the text. */
  all(place: ITextPlace): IOpenText[] {
    return this.widgets(place.path)
      .map(widget => this.of(widget, place))
      .filter(text => text !== null);
  }

  /** The text, opened where it is not; rejects where that is not possible. */
  async open(place: ITextPlace): Promise<IOpenText> {
    const { documents, opener, trans } = this._options;
    const open = this.all(place);
    if (open.length > 0) {
      return open[0];
    }
    let widget: IDocumentWidget | null | undefined;
    if (place.cell === undefined) {
      widget = await opener.open(place.path);
    } else {
      await documents.services.contents.get(place.path, { content: false });
      widget = documents.openOrReveal(place.path, 'Notebook');
      await widget?.context.ready;
      await widget?.revealed;
    }
    const text = widget ? this.of(widget, place) : null;
    if (!text) {
      throw new Error(
        place.cell === undefined
          ? trans.__('%1 cannot be opened as text.', place.path)
          : trans.__('There is no such cell in %1 any more.', place.path)
      );
    }
    return text;
  }

  private _file(widget: IDocumentWidget): IOpenText | null {
    const { shared, isReadOnly } = documentOf(widget);
    if (!isText(shared)) {
      return null;
    }
    const { content } = widget;
    const monaco = content as MonacoEditor;
    const codemirror = (content as { editor?: CodeMirrorEditor }).editor;
    const isMonaco = content.hasClass('neoai-Editor');
    if (!isMonaco && !codemirror?.injectExtension) {
      return null;
    }
    return {
      widget,
      shared,
      isReadOnly,
      surface: async keys => {
        if (!isMonaco) {
          return this._codemirror(codemirror!);
        }
        const { trans } = this._options;
        const { MonacoSurface } = await import('./monacosurface');
        return new MonacoSurface(await monaco.ready, keys, {
          next: trans.__('Next Proposed Change'),
          previous: trans.__('Previous Proposed Change')
        });
      },
      activate: () => this._activate(widget)
    };
  }

  private _cell(widget: IDocumentWidget, id: string): IOpenText | null {
    const notebook = widget.content as Notebook;
    const index = (notebook.widgets as readonly Cell[] | undefined)?.findIndex(
      cell => cell.model?.id === id
    );
    if (index === undefined || index < 0) {
      return null;
    }
    const cell = notebook.widgets[index];
    return {
      widget,
      shared: cell.model.sharedModel,
      isReadOnly: documentOf(widget).isReadOnly || cell.readOnly,
      surface: async () => {
        await cell.ready;
        const editor = cell.editor as CodeMirrorEditor | null;
        return editor && !cell.isDisposed ? this._codemirror(editor) : null;
      },
      activate: async () => {
        await this._activate(widget);
        const at = notebook.widgets.indexOf(cell);
        if (at >= 0) {
          notebook.activeCellIndex = at;
          await notebook.scrollToItem(at, 'smart');
        }
      }
    };
  }

  private async _codemirror(editor: CodeMirrorEditor): Promise<ISurface> {
    const { CodeMirrorSurface } = await import('./codemirrorsurface');
    return new CodeMirrorSurface(editor, this._options.languages);
  }

  private async _activate(widget: IDocumentWidget): Promise<void> {
    this._options.app.shell.activateById(widget.id);
    await widget.revealed;
  }
}

function documentOf(widget: IDocumentWidget): {
  shared: unknown;
  isReadOnly: boolean;
} {
  const { model, contentsModel } = widget.context;
  return {
    shared: model.sharedModel,
    isReadOnly: model.readOnly || contentsModel?.writable === false
  };
}

function isText(shared: unknown): shared is ISharedText {
  return typeof (shared as ISharedText | null)?.updateSource === 'function';
}
