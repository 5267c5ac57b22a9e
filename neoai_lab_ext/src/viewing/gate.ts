import type { DocumentManager, IDocumentManager } from '@jupyterlab/docmanager';
import type {
  DocumentRegistry,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';

import { type IFacts, type ILimits, judge, type Kind } from './judging';
import { FACTORY } from './tokens';

/** How long what was heard of a file holds, in milliseconds. */
const HOLDS = 10_000;

type Open = DocumentManager['open'];
type Arguments = Parameters<Open>;

/** A document that was asked for and waits until it is known what the file is. */
export type Intent = (ref: string) => IDocumentWidget | undefined;

/**
 * Decides how a file is opened before anything of it is loaded. JupyterLab makes a document's
 * context, which fetches all of the file, before it asks a widget: so the question is put where
 * every way of opening a file goes through, `open` of the document manager.
 *
 * `docmanager:open` asks the server for the file first, and what it hears is used here. Whoever
 * calls `open` directly, as a double-click in the file browser does, gets a page that asks, and
 * makes way for the editor once the file turns out to be text.
 */
export class Gate {
  constructor(
    private readonly _documents: IDocumentManager,
    private readonly _registry: DocumentRegistry,
    private readonly _limits: () => ILimits
  ) {
    const { contents } = _documents.services;
    const get = contents.get.bind(contents);
    contents.get = async (path, options) => {
      const model = await get(path, options);
      if (options?.content === false && model.type === 'file') {
        this._hear(contents.normalize(path), factsOf(model));
      }
      return model;
    };
    contents.fileChanged.connect((_, { oldValue, newValue }) => {
      for (const path of [oldValue?.path, newValue?.path]) {
        if (path) {
          this._heard.delete(path);
        }
      }
    });
    this._open = (_documents as DocumentManager).open.bind(_documents);
    _documents.open = (...asked) => this._choose(...asked);
  }

  /** What the file at `path` is; asks the server. */
  async look(path: string): Promise<{ kind: Kind; facts: IFacts }> {
    const { contents } = this._documents.services;
    const facts = factsOf(await contents.get(path, { content: false }));
    return { kind: judge(facts, this._limits()), facts };
  }

  /** The document that `path` was to be opened as, if its page still stands in for that. */
  takeIntent(path: string): Intent | null {
    const intent = this._intents.get(path) ?? null;
    this._intents.delete(path);
    return intent;
  }

  private _choose(...asked: Arguments): ReturnType<Open> {
    const [given, name, , options] = asked;
    const path = this._documents.services.contents.normalize(given);
    const factory = this._factory(path, name);
    if (!factory || factory.name === FACTORY || this._isLoaded(path, factory)) {
      return this._open(...asked);
    }
    const facts = this._recall(path);
    if (facts && this._takes(factory, judge(facts, this._limits()))) {
      return this._open(...asked);
    }
    if (!facts && loadsText(factory)) {
      this._intents.set(path, ref =>
        this._open(
          given,
          name,
          asked[2],
          { ...options, ref, mode: 'tab-after' },
          asked[4]
        )
      );
    } else if (!facts) {
      return this._open(...asked);
    }
    return this._documents.openOrReveal(given, FACTORY, undefined, options);
  }

  /** Whether the document is there already that the factory would show. */
  private _isLoaded(
    path: string,
    factory: DocumentRegistry.WidgetFactory
  ): boolean {
    const context = this._documents.findWidget(path, null)?.context as
      (DocumentRegistry.Context & { factoryName?: string }) | undefined;
    return context?.factoryName === (factory.modelName ?? 'text');
  }

  /** Whether a factory copes with such a file: those of pictures and notebooks are no editors. */
  private _takes(factory: DocumentRegistry.WidgetFactory, kind: Kind): boolean {
    return kind === 'text' || (kind !== 'huge' && !loadsText(factory));
  }

  private _factory(
    path: string,
    name = 'default'
  ): DocumentRegistry.WidgetFactory | undefined {
    return name === 'default'
      ? this._registry.defaultWidgetFactory(path)
      : this._registry.getWidgetFactory(name);
  }

  private _hear(path: string, facts: IFacts): void {
    const now = performance.now();
    this._heard.delete(path);
    this._heard.set(path, { facts, at: now });
    for (const [other, { at }] of this._heard) {
      if (now - at < HOLDS) {
        break;
      }
      this._heard.delete(other);
    }
  }

  private _recall(path: string): IFacts | null {
    const heard = this._heard.get(path);
    return heard && performance.now() - heard.at < HOLDS ? heard.facts : null;
  }

  private readonly _heard = new Map<string, { facts: IFacts; at: number }>();
  private readonly _intents = new Map<string, Intent>();
  private readonly _open: Open;
}

function loadsText(factory: DocumentRegistry.WidgetFactory): boolean {
  return (factory.modelName ?? 'text') === 'text';
}

function factsOf(model: Contents.IModel & { encoding?: unknown }): IFacts {
  const { encoding, size } = model;
  return {
    size: typeof size === 'number' ? size : null,
    encoding:
      typeof encoding === 'string' || encoding === null ? encoding : undefined
  };
}
