import type { paths } from './schema';

/** The methods that the client speaks. */
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** The addresses that take `M`, as `openapi.json` writes them. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends undefined ? never : P;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = NonNullable<
  paths[P][M]
>;

type Parameters<O, In extends 'path' | 'query'> = O extends {
  parameters: { [K in In]?: infer V };
}
  ? NonNullable<V>
  : never;

type Body<O> = O extends {
  requestBody: { content: { 'application/json': infer B } };
}
  ? B
  : never;

type Content<R> = R extends { content: { 'application/json': infer B } }
  ? B
  : void;

/** What a successful reply holds; nothing where it has no JSON body. */
export type ReplyOf<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R }
    ? { [S in keyof R & (200 | 201 | 202 | 204)]: Content<R[S]> }[keyof R &
        (200 | 201 | 202 | 204)]
    : never;

type Given<K extends string, V> = [V] extends [never]
  ? { [X in K]?: undefined }
  : { [X in K]: V };

type MaybeGiven<K extends string, V> = [V] extends [never]
  ? { [X in K]?: undefined }
  : { [X in K]?: V };

/** What a call of an operation is given; all of it is checked against `openapi.json`. */
export type RequestOf<P extends keyof paths, M extends Method> = Given<
  'path',
  Parameters<Operation<P, M>, 'path'>
> &
  MaybeGiven<'query', Parameters<Operation<P, M>, 'query'>> &
  Given<'body', Body<Operation<P, M>>> &
  IRequestOptions;

/** What any call can be given. */
export interface IRequestOptions {
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal;
  headers?: Record<string, string>;
  /** Of a POST; a new one is made for each call that brings none. */
  idempotencyKey?: string;
}

/** The options may be left out where none of them must be given. */
export type Optionally<T> =
  Record<string, never> extends T ? [options?: T] : [options: T];
