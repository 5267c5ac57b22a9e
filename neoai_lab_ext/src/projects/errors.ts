import type { TranslationBundle } from '@jupyterlab/translation';

import { APIError, NoAnswerError } from '../api';

/** What went wrong and what to do next, in a sentence or two. */
export function explain(error: unknown, trans: TranslationBundle): string {
  if (error instanceof NoAnswerError) {
    return trans.__(
      'The server does not answer. Check that it is running, then try again.'
    );
  }
  if (!(error instanceof APIError)) {
    return error instanceof Error ? error.message : String(error);
  }
  if (error.status === 401) {
    return trans.__('You are signed out. Reload the page to sign in again.');
  }
  if (error.status >= 500 && error.status !== 507 && error.requestId) {
    return trans.__(
      '%1 (Request %2 in the server’s log.)',
      error.detail,
      error.requestId
    );
  }
  return error.detail;
}

/** Whether the server no longer knows what was asked for. */
export function isGone(error: unknown): boolean {
  return error instanceof APIError && error.status === 404;
}

/** Whether nothing went wrong: the caller stopped it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
