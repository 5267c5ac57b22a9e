import type { components } from './schema';

type Problem = components['schemas']['Problem'];

/** One thing of a request that does not validate: where, and why. */
export type FieldError = components['schemas']['FieldError'];

/** The server refused a request, or could not do it. */
export class APIError extends Error {
  constructor(
    /** What is wrong and what to do next, for a person. */
    readonly detail: string,
    readonly status: number,
    /** The kind of problem, such as `registered` or `no-trash`. */
    readonly code: string,
    /** By which the server's log tells more. */
    readonly requestId: string,
    readonly errors: FieldError[] = [],
    /** What else the problem document holds. */
    readonly extra: Readonly<Record<string, unknown>> = {}
  ) {
    super(detail);
    this.name = 'APIError';
  }

  /** The error in a reply: its problem document (RFC 9457), or what can be told without one. */
  static async from(response: Response): Promise<APIError> {
    const requestId = response.headers.get('X-Request-ID') ?? '';
    const text = await response.text().catch(() => '');
    const problem = parse(text);
    if (!problem) {
      const said = `${response.status} ${response.statusText}`.trim();
      return new APIError(
        said,
        response.status,
        `http-${response.status}`,
        requestId
      );
    }
    const {
      type,
      title,
      status,
      detail,
      message,
      request_id,
      errors,
      ...extra
    } = problem;
    const told = detail ?? message ?? title ?? response.statusText;
    const code = (type ?? '').split(':').pop() || `http-${response.status}`;
    return new APIError(
      told,
      status ?? response.status,
      code,
      request_id ?? requestId,
      errors ?? [],
      extra
    );
  }
}

/** The server could not be reached, or went away before it had answered. */
export class NoAnswerError extends Error {
  constructor(cause: unknown) {
    super('The server does not answer.', { cause });
    this.name = 'NoAnswerError';
  }
}

function parse(
  text: string
): (Partial<Problem> & Record<string, unknown>) | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Partial<Problem> & Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
