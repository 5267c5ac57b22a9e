import { Text } from '@jupyterlab/coreutils';
import {
  type CompletionHandler,
  type IInlineCompletionContext,
  type IInlineCompletionItem,
  type IInlineCompletionList,
  type IInlineCompletionProvider,
  InlineCompletionTriggerKind
} from '@jupyterlab/completer';
import { DocumentWidget } from '@jupyterlab/docregistry';
import { NotebookPanel } from '@jupyterlab/notebook';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';

import type { CompletionEngine } from './engine';
import { AFTER, BEFORE, type IOtherCell, type IPlace } from './place';
import { PLUGIN_ID } from './tokens';

/** What is streamed under a token. */
interface IStream {
  readonly editor: object;
  readonly place: IPlace;
  readonly index: number;
}

const REMEMBERED = 20;

/** Suggestions for notebooks, consoles and JupyterLab's own file editor. */
export class LabCompletionProvider implements IInlineCompletionProvider {
  constructor(
    private readonly _engine: CompletionEngine,
    private readonly _localPath: (path: string) => string,
    readonly icon: LabIcon
  ) {}

  readonly name = 'NeoAI';
  readonly identifier = PLUGIN_ID;
  /** JupyterLab's own settings for it: models can fill in the middle, and may take their time. */
  readonly schema = {
    properties: {},
    default: { autoFillInMiddle: true, timeout: 20_000 }
  };

  async fetch(
    request: CompletionHandler.IRequest,
    context: IInlineCompletionContext
  ): Promise<IInlineCompletionList> {
    const place = placeOf(request, context.widget, this._localPath);
    const isInvoked =
      context.triggerKind === InlineCompletionTriggerKind.Invoke;
    const editor = context.widget;
    this._places.set(editor, place);
    const found = await this._engine.suggest(editor, place, {
      isInvoked
    });
    return {
      items: (found?.items ?? []).map((insertText, index) =>
        found!.isComplete
          ? { insertText }
          : {
              insertText,
              isIncomplete: true,
              token: this._token({ editor, place, index })
            }
      )
    };
  }

  async *stream(
    token: string
  ): AsyncGenerator<{ response: IInlineCompletionItem }> {
    const stream = this._streams.get(token);
    if (!stream) {
      return;
    }
    const { editor, place, index } = stream;
    for await (const found of this._engine.updates(editor, place)) {
      if (this._places.get(editor) !== place) {
        break; // what is shown has another beginning now
      }
      const insertText = found.items[index];
      if (insertText) {
        const isIncomplete = !found.isComplete;
        yield { response: { insertText, token, isIncomplete } };
      }
    }
    this._streams.delete(token);
  }

  private _token(stream: IStream): string {
    const token = String((this._count += 1));
    this._streams.set(token, stream);
    if (this._streams.size > REMEMBERED) {
      this._streams.delete(this._streams.keys().next().value!);
    }
    return token;
  }

  /** The last place that was asked for, by editor. */
  private readonly _places = new WeakMap<object, IPlace>();
  private readonly _streams = new Map<string, IStream>();
  private _count = 0;
}

function placeOf(
  { text, offset, mimeType }: CompletionHandler.IRequest,
  widget: Widget,
  localPath: (path: string) => string
): IPlace {
  const at = Text.charIndexToJsIndex(offset, text);
  const path =
    widget instanceof DocumentWidget ? localPath(widget.context.path) : '';
  const cells = widget instanceof NotebookPanel ? otherCells(widget) : null;
  return {
    before: text.slice(Math.max(0, at - BEFORE), at),
    offset: at,
    after: text.slice(at, at + AFTER),
    language: languageOf(mimeType ?? ''),
    path,
    ...(cells ? { cells } : {})
  };
}

/** `text/x-ipython` is Python to a model. */
export function languageOf(mimeType: string): string {
  const name = mimeType.split(';')[0].replace(/^(text|application)\/(x-)?/, '');
  return { ipython: 'python', ipythongfm: 'markdown', plain: '' }[name] ?? name;
}

/** The cells around the one that is edited, the nearest as far as there is room. */
function otherCells(panel: NotebookPanel): NonNullable<IPlace['cells']> {
  const { widgets, activeCellIndex } = panel.content;
  return {
    before: gathered(
      widgets.slice(0, activeCellIndex).reverse(),
      BEFORE
    ).reverse(),
    after: gathered(widgets.slice(activeCellIndex + 1), AFTER)
  };
}

function gathered(
  cells: NotebookPanel['content']['widgets'],
  room: number
): IOtherCell[] {
  const found: IOtherCell[] = [];
  for (const { model } of cells) {
    const source = model.sharedModel.getSource();
    if (source.length > room) {
      break;
    }
    room -= source.length;
    if (source.trim()) {
      found.push({ source, kind: model.type as IOtherCell['kind'] });
    }
  }
  return found;
}
