import type { TranslationBundle } from '@jupyterlab/translation';

import type { LimitsWanted } from './model';

const MOST = 1e9;

interface IChecked {
  /** Null where they cannot be limits. */
  wanted: LimitsWanted | null;
  softError: string;
  hardError: string;
}

/** What is typed into the form, and what is wrong with it. */
export function checkLimits(
  soft: string,
  hard: string,
  trans: TranslationBundle
): IChecked {
  const soft_usd = amount(soft);
  const hard_usd = amount(hard);
  const wrong = (value: number | null) =>
    Number.isNaN(value)
      ? trans.__('An amount such as 20 or 2.50, or nothing.')
      : '';
  const isAbove = soft_usd !== null && hard_usd !== null && soft_usd > hard_usd;
  const softError =
    wrong(soft_usd) ||
    (isAbove ? trans.__('It must not be above the hard limit.') : '');
  const hardError = wrong(hard_usd);
  return {
    wanted: softError || hardError ? null : { soft_usd, hard_usd },
    softError,
    hardError
  };
}

/** Null for nothing, NaN for what is no amount. */
function amount(text: string): number | null {
  const trimmed = text.trim().replace(/^\$\s*/, '');
  if (!trimmed) {
    return null;
  }
  const value = /^\d*[.,]?\d+(e-?\d+)?$/.test(trimmed)
    ? Number(trimmed.replace(',', '.'))
    : NaN;
  return value <= MOST ? value : NaN;
}
