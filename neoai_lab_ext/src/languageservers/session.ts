import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { type ISignal, Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';
import type { MessageConnection } from 'vscode-jsonrpc/browser';
import type * as lsp from 'vscode-languageserver-protocol';

import { CAPABILITIES } from './capabilities';
import { Columns, toMarker } from './convert';
import type { OpenDocument } from './document';
import { connectionOver } from './websocket';

/** The codes with which the server closes a websocket. */
const REFUSED = 4409;
const REVOKED = 4403;
const ENDED = 4500;

/** In milliseconds. */
const BETWEEN_CHANGES = 100;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** A server that ends so often within so long is left alone. */
const MOST_ENDS = 5;
const ENDS_WITHIN = 180_000;
const LONGEST_LOG = 500;
/** In UTF-16 units. */
const LONGEST_SAVED = 200_000;
/** Servers that count characters and do not say so. */
const IN_CHARACTERS = ['pylsp'];

export type Status = 'starting' | 'ready' | 'failed';

export namespace Session {
  export interface IOptions {
    server: string;
    /** The project's folder, relative to the server's root; the root where there is none. */
    folder: string;
    settings: ServerConnection.ISettings;
    /** Offer what the server can do; disposed when it is lost. */
    provide: (session: Session) => monaco.IDisposable;
    applyEdit: (edit: lsp.WorkspaceEdit, session: Session) => Promise<boolean>;
  }
}

/** One language server for one project, however often it is started. */
export class Session {
  constructor(private readonly _options: Session.IOptions) {
    this.owner = `${_options.server}`;
    this._connect();
  }

  /** By which Monaco knows the server's markers. */
  readonly owner: string;
  capabilities: lsp.ServerCapabilities = {};
  columns = new Columns(false);

  get server(): string {
    return this._options.server;
  }

  get folder(): string {
    return this._options.folder;
  }

  get status(): Status {
    return this._status;
  }

  /** Why it is not ready. */
  get reason(): string {
    return this._reason;
  }

  /** What the server and we have to say of it, oldest first. */
  get log(): readonly string[] {
    return this._log;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get isEmpty(): boolean {
    return this._documents.size === 0;
  }

  /** The document of a model, where this server looks after it. */
  documentOf(model: monaco.editor.ITextModel): OpenDocument | null {
    for (const document of this._documents) {
      if (document.models.includes(model)) {
        return document;
      }
    }
    return null;
  }

  /** The version of a document that is open here; null for others. */
  versionOf(uri: string): number | null {
    for (const document of this._documents) {
      if (decodeURIComponent(document.uri) === decodeURIComponent(uri)) {
        return document.version;
      }
    }
    return null;
  }

  open(document: OpenDocument): void {
    this._documents.add(document);
    document.edited = () => this._tellSoon();
    if (this._status === 'ready') {
      this._tellOpened(document);
    }
  }

  close(document: OpenDocument): void {
    if (!this._documents.delete(document)) {
      return;
    }
    document.edited = () => undefined;
    this._diagnostics.delete(document);
    this._mark(document);
    this._notify('textDocument/didClose', {
      textDocument: { uri: document.uri }
    });
  }

  /** The file was saved. */
  saved(document: OpenDocument): void {
    const sync = this.capabilities.textDocumentSync;
    const save = typeof sync === 'object' ? sync.save : false;
    if (!save || !this._documents.has(document)) {
      return;
    }
    this.tell();
    const withText =
      typeof save === 'object' &&
      save.includeText &&
      document.model.getValueLength() <= LONGEST_SAVED;
    this._notify('textDocument/didSave', {
      textDocument: { uri: document.uri },
      ...(withText ? { text: document.model.getValue() } : {})
    });
  }

  /** Another editor shows the document: mark it there, too. */
  mark(document: OpenDocument): void {
    this._mark(document);
  }

  /** The server's own diagnostics at a range of a document. */
  diagnosticsAt(
    document: OpenDocument,
    range: monaco.IRange
  ): lsp.Diagnostic[] {
    return (this._diagnostics.get(document) ?? []).filter(diagnostic =>
      monaco.Range.areIntersectingOrTouching(
        this.columns.toMonaco(document.model, diagnostic.range),
        range
      )
    );
  }

  /** Ask the server; null where it is not there, or where it fails. `asTold`: of the texts as it
   * knows them, without the latest edits. */
  async ask<R>(
    method: string,
    params: object,
    token: monaco.CancellationToken,
    asTold = false
  ): Promise<R | null> {
    const connection = this._connection;
    if (!connection || this._status !== 'ready') {
      return null;
    }
    if (!asTold) {
      this.tell();
    }
    try {
      return await connection.sendRequest<R>(method, params, token);
    } catch (error) {
      if (!token.isCancellationRequested && connection === this._connection) {
        this._write(`${method}: ${String(error)}`);
      }
      return null;
    }
  }

  /** Tell the server now of all edits. */
  tell(): void {
    clearTimeout(this._telling);
    this._telling = undefined;
    if (this._status !== 'ready') {
      return;
    }
    const sync = this.capabilities.textDocumentSync;
    const kind = typeof sync === 'object' ? sync.change : sync;
    for (const document of this._documents) {
      if (kind && document.hasChanges) {
        this._notify('textDocument/didChange', {
          textDocument: { uri: document.uri, version: document.version },
          contentChanges: document.take(kind === 2)
        });
      }
    }
  }

  restart(): void {
    this._ends = [];
    this._wait = FIRST_WAIT;
    this._disconnect();
    this._connect();
  }

  dispose(): void {
    this._isDisposed = true;
    this._disconnect();
    Signal.clearData(this);
  }

  private _connect(): void {
    clearTimeout(this._waiting);
    const { settings, server, folder } = this._options;
    const query = new URLSearchParams({ path: folder });
    if (settings.appendToken && settings.token) {
      query.set('token', settings.token);
    }
    const address = URLExt.join(
      settings.wsUrl,
      'neoai/v1/language-servers',
      encodeURIComponent(server),
      'socket'
    );
    const socket = new settings.WebSocket(`${address}?${query.toString()}`);
    this._socket = socket;
    this._set('starting', '');
    socket.addEventListener('open', () => void this._begin(socket));
    socket.addEventListener('close', ({ code, reason }) => {
      if (this._socket === socket) {
        this._lost(code, reason);
      }
    });
  }

  private async _begin(socket: WebSocket): Promise<void> {
    const connection = connectionOver(socket);
    this._connection = connection;
    this._listen(connection);
    connection.listen();
    try {
      const { capabilities } =
        await connection.sendRequest<lsp.InitializeResult>('initialize', {
          processId: null,
          rootUri: null,
          clientInfo: { name: 'NeoAI' },
          capabilities: CAPABILITIES
        });
      if (this._socket !== socket) {
        return;
      }
      this.capabilities = capabilities;
      this.columns = new Columns(
        capabilities.positionEncoding === 'utf-32' ||
          (!capabilities.positionEncoding &&
            IN_CHARACTERS.includes(this.server))
      );
      await connection.sendNotification('initialized', {});
    } catch (error) {
      if (this._socket === socket) {
        this._write(String(error));
      }
      return;
    }
    this._wait = FIRST_WAIT;
    this._status = 'ready';
    for (const document of this._documents) {
      this._tellOpened(document);
    }
    this._provided = this._options.provide(this);
    this._set('ready', '');
  }

  private _listen(connection: MessageConnection): void {
    connection.onNotification(
      'textDocument/publishDiagnostics',
      (params: lsp.PublishDiagnosticsParams) => this._take(params)
    );
    const write = ({ message }: lsp.LogMessageParams) => this._write(message);
    connection.onNotification('window/logMessage', write);
    connection.onNotification('window/showMessage', write);
    connection.onRequest('window/showMessageRequest', () => null);
    connection.onRequest('window/workDoneProgress/create', () => null);
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('client/unregisterCapability', () => null);
    connection.onRequest('workspace/workspaceFolders', () => null);
    connection.onRequest(
      'workspace/configuration',
      ({ items }: lsp.ConfigurationParams) => items.map(() => null)
    );
    connection.onRequest(
      'workspace/applyEdit',
      async ({ edit }: lsp.ApplyWorkspaceEditParams) => ({
        applied: await this._options.applyEdit(edit, this)
      })
    );
  }

  private _take({ uri, diagnostics }: lsp.PublishDiagnosticsParams): void {
    for (const document of this._documents) {
      if (decodeURIComponent(document.uri) === decodeURIComponent(uri)) {
        this._diagnostics.set(document, diagnostics);
        this._mark(document);
      }
    }
  }

  private _mark(document: OpenDocument): void {
    const diagnostics = this._diagnostics.get(document) ?? [];
    for (const model of document.models) {
      if (!model.isDisposed()) {
        const markers = diagnostics.map(diagnostic =>
          toMarker(this.columns, model, diagnostic)
        );
        monaco.editor.setModelMarkers(model, this.owner, markers);
      }
    }
  }

  private _tellOpened(document: OpenDocument): void {
    this._notify('textDocument/didOpen', {
      textDocument: {
        uri: document.uri,
        languageId: document.language,
        version: document.version,
        text: document.begin()
      }
    });
  }

  private _tellSoon(): void {
    this._telling ??= window.setTimeout(() => this.tell(), BETWEEN_CHANGES);
  }

  private _notify(method: string, params: object): void {
    if (this._status === 'ready') {
      void this._connection?.sendNotification(method, params);
    }
  }

  private _lost(code: number, reason: string): void {
    this._disconnect();
    const text = reason || `The connection was lost (${code}).`;
    this._write(text);
    const now = Date.now();
    if (code === ENDED) {
      this._ends = this._ends.filter(time => now - time < ENDS_WITHIN);
      this._ends.push(now);
    }
    if (
      code === REFUSED ||
      code === REVOKED ||
      this._ends.length >= MOST_ENDS
    ) {
      this._set('failed', text);
      return;
    }
    this._set('starting', text);
    this._waiting = window.setTimeout(() => this._connect(), this._wait);
    this._wait = Math.min(2 * this._wait, LONGEST_WAIT);
  }

  /** Take back all that came from the server, and leave it. */
  private _disconnect(): void {
    clearTimeout(this._waiting);
    clearTimeout(this._telling);
    this._telling = undefined;
    const socket = this._socket;
    this._socket = null;
    this._status = 'starting';
    this._provided?.dispose();
    this._provided = null;
    this._connection?.dispose();
    this._connection = null;
    socket?.close();
    this._diagnostics.clear();
    for (const document of this._documents) {
      this._mark(document);
    }
  }

  private _write(message: string): void {
    const time = new Date().toLocaleTimeString();
    this._log.push(`${time} ${message}`);
    this._log.splice(0, this._log.length - LONGEST_LOG);
  }

  private _set(status: Status, reason: string): void {
    this._status = status;
    this._reason = reason;
    if (!this._isDisposed) {
      this._changed.emit();
    }
  }

  private readonly _changed = new Signal<this, void>(this);
  private _connection: MessageConnection | null = null;
  private readonly _diagnostics = new Map<OpenDocument, lsp.Diagnostic[]>();
  private readonly _documents = new Set<OpenDocument>();
  private _ends: number[] = [];
  private _isDisposed = false;
  private readonly _log: string[] = [];
  private _provided: monaco.IDisposable | null = null;
  private _reason = '';
  private _socket: WebSocket | null = null;
  private _status: Status = 'starting';
  private _telling: number | undefined;
  private _wait = FIRST_WAIT;
  private _waiting: number | undefined;
}
