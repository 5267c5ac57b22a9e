import type { Contents } from '@jupyterlab/services';
import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import type { API } from '../api';
import { languageOf } from '../editor/detection';
import { absoluteOf, outsideUri, pathOf, peekUri } from './places';
import type { Session } from './session';

/** How many texts that are not open are kept for the next peek. */
const MOST_KEPT = 50;

/** The texts that definitions and references lie in, open or not. */
export class Texts {
  constructor(
    private readonly _contents: Contents.IManager,
    private readonly _api: API,
    private readonly _openModel: (
      path: string
    ) => monaco.editor.ITextModel | null
  ) {}

  /** The places of a server's answer in Monaco, whose texts are there by then. */
  async locations(
    found: lsp.Definition | lsp.LocationLink[] | null,
    session: Session
  ): Promise<monaco.languages.Location[]> {
    const places = (Array.isArray(found) ? found : found ? [found] : []).map(
      place =>
        'targetUri' in place
          ? { uri: place.targetUri, range: place.targetSelectionRange }
          : place
    );
    const models = new Map<string, Promise<monaco.editor.ITextModel | null>>();
    for (const { uri } of places) {
      if (!models.has(uri)) {
        models.set(uri, this._model(uri));
      }
    }
    const locations: monaco.languages.Location[] = [];
    for (const { uri, range } of places) {
      const model = await models.get(uri)!;
      if (model && !model.isDisposed()) {
        const there = session.columns.toMonaco(model, range);
        locations.push({ uri: model.uri, range: there });
      }
    }
    return locations;
  }

  private async _model(uri: string): Promise<monaco.editor.ITextModel | null> {
    const path = pathOf(uri);
    const open = path === null ? null : this._openModel(path);
    if (open) {
      return open;
    }
    const known = path === null ? outsideUri(absoluteOf(uri)) : peekUri(path);
    let text: string;
    try {
      text = await this._read(uri, path);
    } catch (error) {
      console.warn(`The text of ${uri} could not be read.`, error);
      return null;
    }
    const model = monaco.editor.getModel(known);
    if (model) {
      if (model.getValue() !== text) {
        model.setValue(text);
      }
      this._keep(model);
      return model;
    }
    const languages = monaco.languages.getLanguages();
    const sample = { first: text.slice(0, 200), rest: [] };
    const language = languageOf(languages, known.path, sample, []);
    const created = monaco.editor.createModel(text, language, known);
    this._keep(created);
    return created;
  }

  private async _read(uri: string, path: string | null): Promise<string> {
    if (path === null) {
      const query = { path: absoluteOf(uri) };
      const reply = await this._api.get('/language-servers/text', { query });
      return reply.content;
    }
    const file = await this._contents.get(path, {
      type: 'file',
      format: 'text',
      content: true
    });
    return String(file.content);
  }

  private _keep(model: monaco.editor.ITextModel): void {
    this._kept = [...this._kept.filter(kept => kept !== model), model];
    while (this._kept.length > MOST_KEPT) {
      const oldest = this._kept.findIndex(kept => !kept.isAttachedToEditor());
      if (oldest < 0) {
        return;
      }
      this._kept.splice(oldest, 1)[0].dispose();
    }
  }

  private _kept: monaco.editor.ITextModel[] = [];
}
