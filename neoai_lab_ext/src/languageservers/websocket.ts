import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection
} from 'vscode-jsonrpc/browser';

class Reader extends AbstractMessageReader {
  constructor(private readonly _socket: WebSocket) {
    super();
    _socket.addEventListener('close', () => this.fireClose());
  }

  listen(callback: DataCallback): Disposable {
    const read = ({ data }: MessageEvent<string>) => {
      callback(JSON.parse(data) as Message);
    };
    this._socket.addEventListener('message', read);
    return {
      dispose: () => this._socket.removeEventListener('message', read)
    };
  }
}

class Writer extends AbstractMessageWriter {
  constructor(private readonly _socket: WebSocket) {
    super();
  }

  write(message: Message): Promise<void> {
    if (this._socket.readyState === WebSocket.OPEN) {
      this._socket.send(JSON.stringify(message));
    }
    return Promise.resolve();
  }

  end(): void {
    // The socket is closed by whoever opened it.
  }
}

/** JSON-RPC over a websocket in which a message is a message. */
export function connectionOver(socket: WebSocket): MessageConnection {
  return createMessageConnection(new Reader(socket), new Writer(socket), {
    error: message => console.warn(message),
    warn: message => console.warn(message),
    info: () => undefined,
    log: () => undefined
  });
}
