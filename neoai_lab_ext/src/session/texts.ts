import type { TranslationBundle } from '@jupyterlab/translation';

/** What is left of a time, as a clock that runs down: `14:59`, `1:00:00`. */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60];
  const hours = Math.floor(seconds / 3600);
  const padded = (part: number) => String(part).padStart(2, '0');
  return hours
    ? [hours, ...parts.map(padded)].join(':')
    : `${parts[0]}:${padded(parts[1])}`;
}

/** The same in words, which change only with each minute: they are read aloud. */
export function inWords(leftMs: number, trans: TranslationBundle): string {
  const minutes = Math.round(leftMs / 60_000);
  return minutes < 1
    ? trans.__('The server stops in less than a minute.')
    : trans._n(
        'The server stops in %1 minute.',
        'The server stops in %1 minutes.',
        minutes
      );
}
