import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { UUID } from '@lumino/coreutils';

import { APIError, NoAnswerError } from './errors';
import { type IFollowOptions, type IServerEvent, follow, read } from './events';
import type {
  IRequestOptions,
  Method,
  Optionally,
  PathOf,
  ReplyOf,
  RequestOf
} from './operations';

const PREFIX = 'neoai/v1';

interface IUntypedRequest extends IRequestOptions {
  path?: Record<string, string>;
  query?: object;
  body?: unknown;
}

/**
 * The REST API of this user's server. Addresses, parameters, bodies and replies have the types of
 * `openapi.json`. Each call rejects with `APIError` (the server refused), `NoAnswerError` (it could
 * not be reached) or the reason of its signal.
 */
export class API {
  constructor(readonly settings: ServerConnection.ISettings) {}

  get<P extends PathOf<'get'>>(
    path: P,
    ...[options]: Optionally<RequestOf<P, 'get'>>
  ): Promise<ReplyOf<P, 'get'>> {
    return this._json('get', path, options);
  }

  /** Tries once more where the server does not answer: the key keeps it from being done twice. */
  post<P extends PathOf<'post'>>(
    path: P,
    ...[options]: Optionally<RequestOf<P, 'post'>>
  ): Promise<ReplyOf<P, 'post'>> {
    const key =
      (options as IUntypedRequest | undefined)?.idempotencyKey ?? UUID.uuid4();
    const call = { ...options, idempotencyKey: key };
    return this._json<ReplyOf<P, 'post'>>('post', path, call).catch(error => {
      if (error instanceof NoAnswerError) {
        return this._json('post', path, call);
      }
      throw error;
    });
  }

  /** The bytes that a GET answers with, such as a file's. */
  async bytes<P extends PathOf<'get'>>(
    path: P,
    options: RequestOf<P, 'get'>
  ): Promise<ArrayBuffer> {
    const response = await this._request('get', path, {
      ...(options as IUntypedRequest),
      headers: { Accept: '*/*' }
    });
    return response.arrayBuffer();
  }

  put<P extends PathOf<'put'>>(
    path: P,
    ...[options]: Optionally<RequestOf<P, 'put'>>
  ): Promise<ReplyOf<P, 'put'>> {
    return this._json('put', path, options);
  }

  patch<P extends PathOf<'patch'>>(
    path: P,
    ...[options]: Optionally<RequestOf<P, 'patch'>>
  ): Promise<ReplyOf<P, 'patch'>> {
    return this._json('patch', path, options);
  }

  delete<P extends PathOf<'delete'>>(
    path: P,
    ...[options]: Optionally<RequestOf<P, 'delete'>>
  ): Promise<ReplyOf<P, 'delete'>> {
    return this._json('delete', path, options);
  }

  /** The events of a stream, to its end; a line that breaks is taken up where it broke. */
  events<P extends PathOf<'get'>>(
    path: P,
    options: RequestOf<P, 'get'> & IFollowOptions
  ): AsyncGenerator<IServerEvent, void, undefined> {
    const request = options as IUntypedRequest & IFollowOptions;
    const open = (
      headers: Record<string, string>,
      signal: AbortSignal | undefined
    ) =>
      this._request('get', path, {
        ...request,
        signal,
        headers: { ...request.headers, ...headers, Accept: 'text/event-stream' }
      });
    return follow(open, request);
  }

  /** The events that a POST is answered with; a line that breaks is not taken up. */
  async *stream<P extends PathOf<'post'>>(
    path: P,
    options: RequestOf<P, 'post'>
  ): AsyncGenerator<IServerEvent, void, undefined> {
    const response = await this._request('post', path, {
      ...(options as IUntypedRequest),
      headers: { Accept: 'text/event-stream' }
    });
    yield* read(response);
  }

  private async _json<T>(
    method: Method,
    path: string,
    options?: unknown
  ): Promise<T> {
    const request = (options ?? {}) as IUntypedRequest;
    const response = await this._request(method, path, request);
    try {
      const text = await response.text();
      return (text ? JSON.parse(text) : undefined) as T;
    } catch (error) {
      throw request.signal?.aborted
        ? request.signal.reason
        : new NoAnswerError(error);
    }
  }

  /** The response of a request that succeeded. */
  private async _request(
    method: Method,
    path: string,
    {
      path: values = {},
      query,
      body,
      signal,
      headers = {},
      idempotencyKey
    }: IUntypedRequest
  ): Promise<Response> {
    signal?.throwIfAborted();
    const init: RequestInit = {
      method: method.toUpperCase(),
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(idempotencyKey ? { 'Idempotency-Key': idempotencyKey } : {}),
        ...headers
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {})
    };
    const address = URLExt.join(
      this.settings.baseUrl,
      PREFIX,
      fill(path, values)
    );
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(
        address + encodeQuery(query),
        init,
        this.settings
      );
    } catch (error) {
      throw signal?.aborted ? signal.reason : new NoAnswerError(error);
    }
    if (!response.ok) {
      throw await APIError.from(response);
    }
    return response;
  }
}

/** `/projects/{project_id}` with its values in their places. */
function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)(?::path)?\}/g, (_, name: string) => {
    const value = values[name];
    if (!value) {
      throw new Error(`${template} needs a value for ${name}`);
    }
    // A file's path keeps its slashes; anything else is one segment.
    return name === 'path'
      ? value.split('/').map(encodeURIComponent).join('/')
      : encodeURIComponent(value);
  });
}

function encodeQuery(query: object | undefined): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) {
      parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}
