import type { TranslationBundle } from '@jupyterlab/translation';

import { type Measure, type Totals, valueOf } from './sums';

const COUNT = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', {
  notation: 'compact',
  maximumFractionDigits: 1
});
const CENTS = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD'
});
const SMALL = new Intl.NumberFormat('en', {
  style: 'currency',
  currency: 'USD',
  maximumSignificantDigits: 2,
  maximumFractionDigits: 20
});

/** An amount of money; below a cent by its first digits, for many requests cost less. */
export function usd(value: number): string {
  return value > 0 && value < 0.01 ? SMALL.format(value) : CENTS.format(value);
}

export function count(value: number): string {
  return COUNT.format(value);
}

/** A value in full, or as short as the marks beside a chart are. */
export function format(
  value: number,
  measure: Measure,
  isShort = false
): string {
  if (measure === 'cost') {
    return usd(value);
  }
  return isShort ? SHORT.format(value) : count(value);
}

/** The sums' value in full; a dash for a cost of which nothing is known. */
export function formatSums(sums: Totals, measure: Measure): string {
  return measure === 'cost' && sums.calls > 0 && sums.unpriced === sums.calls
    ? '—'
    : format(valueOf(sums, measure), measure);
}

/** `Nov 5`; the day is one of UTC. */
export function dayName(day: string): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC'
  });
}

/** What a sum does not say by itself: which of its requests have no price, or guessed counts. */
export function doubts(
  sums: Totals,
  measure: Measure,
  trans: TranslationBundle
): string[] {
  const found: string[] = [];
  if (measure === 'cost' && sums.unpriced > 0) {
    found.push(
      trans._n(
        '%1 request without a known price',
        '%1 requests without a known price',
        sums.unpriced
      )
    );
  }
  if (measure !== 'requests' && sums.estimated > 0) {
    found.push(
      trans._n(
        '%1 request with estimated counts',
        '%1 requests with estimated counts',
        sums.estimated
      )
    );
  }
  if (measure === 'requests' && sums.failed > 0) {
    found.push(trans.__('%1 failed', sums.failed));
  }
  return found;
}
