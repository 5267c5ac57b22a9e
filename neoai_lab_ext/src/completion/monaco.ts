import '../editor/features';

import * as monaco from 'monaco-editor/editor';

import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { CompletionEngine, IFound } from './engine';
import { AFTER, BEFORE, type IPlace } from './place';

type Model = monaco.editor.ITextModel;
type Selected = monaco.languages.SelectedSuggestionInfo;

/** Offer the engine's suggestions in Monaco; `tracker` knows whose text a model is. */
export function provideInMonaco(
  engine: CompletionEngine,
  tracker: INeoAIEditorOpener['tracker'],
  localPath: (path: string) => string
): monaco.IDisposable {
  const provider: monaco.languages.InlineCompletionsProvider = {
    displayName: 'NeoAI',
    groupId: 'neoai',
    debounceDelayMs: 0,
    provideInlineCompletions: async (model, position, context, token) => {
      const widget = tracker.find(
        ({ content }) => content.view?.model === model
      );
      if (!widget || !context.includeInlineCompletions) {
        return { items: [] };
      }
      const selected = context.selectedSuggestionInfo;
      const path = localPath(widget.context.path);
      const place = placeOf(model, position, path);
      const known = selected ? engine.recall(place) : null;
      if (selected && known) {
        return { items: fitting(known, model, position, selected) };
      }
      const isInvoked =
        context.triggerKind ===
        monaco.languages.InlineCompletionTriggerKind.Explicit;
      // Monaco asks once at a place, so that what grows would stay as it was at first.
      const found = await engine.suggest(model, place, {
        isInvoked,
        whole: true,
        signal: signalOf(token)
      });
      if (!found || token.isCancellationRequested) {
        return { items: [] };
      }
      if (selected) {
        return { items: fitting(found, model, position, selected) };
      }
      const range = monaco.Range.fromPositions(position);
      return {
        items: found.items.map(text => ({
          insertText: text,
          range
        }))
      };
    },
    disposeInlineCompletions: () => undefined
  };
  tracker.forEach(beginToListen);
  tracker.widgetAdded.connect((_, widget) => beginToListen(widget));
  return monaco.languages.registerInlineCompletionsProvider(
    { pattern: '**' },
    provider
  );
}

/** Monaco makes what listens for keys when it is idle, and would not see those typed before. */
function beginToListen({ content }: NeoAIEditorWidget): void {
  void content.ready.then(({ editor }) =>
    editor.getContribution('editor.contrib.inlineCompletionsController')
  );
}

function signalOf(token: monaco.CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** Of what is known at the cursor, what goes on from what the list of names has selected. */
function fitting(
  found: IFound,
  model: Model,
  position: monaco.IPosition,
  { range, text: selected }: Selected
): monaco.languages.InlineCompletion[] {
  const { startLineNumber, startColumn } = range;
  const typed = model.getValueInRange(
    new monaco.Range(
      startLineNumber,
      startColumn,
      position.lineNumber,
      position.column
    )
  );
  return found.items
    .map(text => ({ insertText: typed + text, range }))
    .filter(({ insertText }) => insertText.startsWith(selected));
}

function placeOf(
  model: Model,
  position: monaco.IPosition,
  path: string
): IPlace {
  const LF = monaco.editor.EndOfLinePreference.LF;
  const offset = model.getOffsetAt(position);
  const from = model.getPositionAt(Math.max(0, offset - BEFORE));
  const till = model.getPositionAt(offset + AFTER);
  const text = (one: monaco.IPosition, other: monaco.IPosition) =>
    model.getValueInRange(monaco.Range.fromPositions(one, other), LF);
  return {
    before: text(from, position),
    offset,
    after: text(position, till),
    language: languageOf(model.getLanguageId()),
    path
  };
}

function languageOf(id: string): string {
  return id === 'plaintext' ? '' : id;
}
