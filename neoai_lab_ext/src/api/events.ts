import { APIError, NoAnswerError } from './errors';

/** One event of a stream; `data` is its JSON. */
export interface IServerEvent {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
}

export interface IFollowOptions {
  signal?: AbortSignal;
  /** The number of the last event that is known already. */
  lastEventId?: string;
  /** Whether an event is the stream's last; an end without it is a line that broke. */
  isLast: (event: IServerEvent) => boolean;
  /** How often in a row a stream may break without an event in between. */
  attempts?: number;
  /** Before the first new attempt, in milliseconds; doubled with each further one. */
  delay?: number;
}

type Open = (
  headers: Record<string, string>,
  signal: AbortSignal | undefined
) => Promise<Response>;

const LONGEST_DELAY = 15_000;

/**
 * Follow a stream of server-sent events (WHATWG HTML, section 9.2) over fetch: `EventSource` can
 * carry no token. Takes up a broken line by `Last-Event-ID`. Rejects with what the server refused,
 * or with `NoAnswerError` after `attempts` in vain.
 */
export async function* follow(
  open: Open,
  options: IFollowOptions
): AsyncGenerator<IServerEvent, void, undefined> {
  const { signal, isLast, attempts = 6, delay = 500 } = options;
  let lastEventId = options.lastEventId ?? '';
  let failures = 0;
  while (true) {
    try {
      const response = await open(
        lastEventId ? { 'Last-Event-ID': lastEventId } : {},
        signal
      );
      for await (const event of read(response)) {
        failures = 0;
        lastEventId = event.id || lastEventId;
        yield event;
        if (isLast(event)) {
          return;
        }
      }
      if (response.status === 204) {
        return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof APIError && error.status < 500) {
        throw error;
      }
    }
    failures += 1;
    if (failures >= attempts) {
      throw new NoAnswerError(`the stream broke ${failures} times`);
    }
    await pause(Math.min(delay * 2 ** (failures - 1), LONGEST_DELAY), signal);
  }
}

/** The events in a response's body, as they come. */
export async function* read(
  response: Response
): AsyncGenerator<IServerEvent, void, undefined> {
  if (!response.body) {
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      // A CR at the end may be half of a CRLF: it waits for what follows.
      const text = rest + decoder.decode(value, { stream: true });
      const held = text.endsWith('\r') ? 1 : 0;
      const blocks = text
        .slice(0, text.length - held)
        .replace(/\r\n?/g, '\n')
        .split('\n\n');
      rest = blocks.pop()! + (held ? '\r' : '');
      for (const block of blocks) {
        const event = parse(block);
        if (event) {
          yield event;
        }
      }
    }
  } finally {
    // Whoever stops reading lets the connection go.
    await reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): IServerEvent | null {
  let id = '';
  let name = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') {
      id = value;
    } else if (field === 'event') {
      name = value;
    } else if (field === 'data') {
      data.push(value);
    }
  }
  return data.length ? { id, name, data: JSON.parse(data.join('\n')) } : null;
}

function pause(
  milliseconds: number,
  signal: AbortSignal | undefined
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
