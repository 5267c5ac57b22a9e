import type { TranslationBundle } from '@jupyterlab/translation';

import type { IndexStatus } from './model';

const COUNT = new Intl.NumberFormat('en');

export function count(value: number): string {
  return COUNT.format(value);
}

/** The state in the few letters that the status bar has room for; nothing where all is well. */
export function short(status: IndexStatus, trans: TranslationBundle): string {
  if (status.paused) {
    return trans.__('Index paused');
  }
  switch (status.state) {
    case 'building':
      return trans.__('Indexing %1 %', Math.floor(100 * status.progress));
    case 'failed':
      return `⚠ ${trans.__('Index')}`;
    default:
      return trans.__('Index');
  }
}

/** The state in a sentence. */
export function sentence(
  status: IndexStatus,
  trans: TranslationBundle
): string {
  if (status.paused) {
    return trans.__(
      'Paused: searches find the files as they were then, also after a restart.'
    );
  }
  switch (status.state) {
    case 'building':
      return trans.__(
        'Files are being indexed. Searches wait for the first time only.'
      );
    case 'failed':
      return trans.__('The index could not be brought up to date.');
    case 'absent':
      return trans.__('There is no index yet: the first search makes it.');
    case 'ready':
      return status.watching === 'watch'
        ? trans.__('Up to date; files are indexed as they are saved.')
        : trans.__('Each search looks for changed files first.');
  }
}
