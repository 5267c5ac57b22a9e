import * as monaco from 'monaco-editor/editor';
import type { TextDocumentContentChangeEvent } from 'vscode-languageserver-protocol';

import { hasOtherBreaks, PendingLines } from './changes';
import { serverUri } from './places';

type Model = monaco.editor.ITextModel;

/** A file that is open in one or more editors: one document for its language server. */
export class OpenDocument {
  constructor(
    readonly path: string,
    readonly language: string
  ) {
    this.uri = serverUri(path);
  }

  readonly uri: string;

  /** Grows with every edit. */
  version = 1;

  /** The version that the server was told of last. */
  told = 0;

  /** Called with each edit of the text. */
  edited: () => void = () => undefined;

  /** The models of all its editors, whose texts are the same. */
  get models(): readonly Model[] {
    return this._models;
  }

  /** The model whose edits are told to the server. */
  get model(): Model {
    return this._models[0];
  }

  add(model: Model): void {
    this._models.push(model);
    if (this._models.length === 1) {
      this._listen();
    }
  }

  /** An editor was closed; the next one's edits are listened to from now on. */
  remove(model: Model): void {
    const wasFirst = this._models[0] === model;
    this._models = this._models.filter(other => other !== model);
    if (wasFirst) {
      this._listener?.dispose();
      this._listener = null;
      if (this._models.length > 0) {
        this._listen();
        // The edits of an instant may have reached the one and not yet the other.
        this._isWhole = true;
        this.version++;
      }
    }
  }

  get hasChanges(): boolean {
    return this._isWhole || !this._pending.isEmpty;
  }

  /** The whole text, for a server that is told of it for the first time. */
  begin(): string {
    this._pending.clear();
    this._isWhole = false;
    this.told = this.version;
    const text = this.model.getValue(monaco.editor.EndOfLinePreference.LF);
    this._hasOtherBreaks = hasOtherBreaks(text);
    return text;
  }

  /** What has changed since; `incremental`: whether the server takes parts. */
  take(incremental: boolean): TextDocumentContentChangeEvent[] {
    if (!this.hasChanges) {
      return [];
    }
    if (!incremental || this._isWhole || this._hasOtherBreaks) {
      return [{ text: this.begin() }];
    }
    const change = this._pending.take(this.model)!;
    if (hasOtherBreaks(change.text)) {
      return [{ text: this.begin() }];
    }
    this.told = this.version;
    return [change];
  }

  dispose(): void {
    this._listener?.dispose();
    this._models = [];
  }

  private _listen(): void {
    this._listener = this.model.onDidChangeContent(event => {
      this.version++;
      if (event.isFlush) {
        this._isWhole = true;
      } else {
        this._pending.add(event);
      }
      this.edited();
    });
  }

  private _hasOtherBreaks = false;
  private _isWhole = false;
  private _listener: monaco.IDisposable | null = null;
  private _models: Model[] = [];
  private readonly _pending = new PendingLines();
}
