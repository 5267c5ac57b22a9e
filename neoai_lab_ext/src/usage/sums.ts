import type { components } from '../api';

export type Group = Required<components['schemas']['Group']>;
export type Totals = Required<components['schemas']['Totals']>;

/** What the bars are as long as. */
export const MEASURES = ['cost', 'tokens', 'requests'] as const;

export type Measure = (typeof MEASURES)[number];

/** By what the requests can be summed up. */
export type Dimension = 'day' | 'model' | 'project' | 'task';

/** A bar: the sums of all requests of one day, model, project or task. */
export interface IBar {
  key: string;
  sums: Totals;
}

const NOTHING: Totals = {
  calls: 0,
  failed: 0,
  estimated: 0,
  unpriced: 0,
  input_tokens: 0,
  output_tokens: 0,
  cached_tokens: 0,
  cost_usd: 0
};

const FIELDS = Object.keys(NOTHING) as (keyof Totals)[];

export function valueOf(sums: Totals, measure: Measure): number {
  return {
    cost: sums.cost_usd,
    tokens: sums.input_tokens + sums.output_tokens,
    requests: sums.calls
  }[measure];
}

/** The sums by one dimension, in the order of their first requests. */
export function sumBy(
  items: readonly Group[],
  dimension: Dimension
): Map<string, Totals> {
  const found = new Map<string, Totals>();
  for (const item of items) {
    const key = item[dimension] ?? '';
    const sums = found.get(key) ?? { ...NOTHING };
    for (const field of FIELDS) {
      sums[field] += item[field];
    }
    found.set(key, sums);
  }
  return found;
}

/** The largest first; of equal ones those with more requests, then by name. */
export function ranked(
  items: readonly Group[],
  dimension: Dimension,
  measure: Measure
): IBar[] {
  return [...sumBy(items, dimension)]
    .map(([key, sums]) => ({ key, sums }))
    .sort(
      (one, other) =>
        valueOf(other.sums, measure) - valueOf(one.sums, measure) ||
        other.sums.calls - one.sums.calls ||
        one.key.localeCompare(other.key)
    );
}

/** A bar for each day, those without requests too. */
export function byDay(
  items: readonly Group[],
  days: readonly string[]
): IBar[] {
  const found = sumBy(items, 'day');
  return days.map(key => ({ key, sums: found.get(key) ?? NOTHING }));
}

/** Round values from 0 to at least `most`, for the lines behind bars. */
export function ticks(most: number): number[] {
  if (most <= 0) {
    return [0, 1];
  }
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find(factor => factor * power >= rough)! * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
