import type { TranslationBundle } from '@jupyterlab/translation';

import type { Scope } from './everywhere';

/** What a way of finding is called. */
export function labelOf(scope: Scope, trans: TranslationBundle): string {
  const labels: Record<Scope, string> = {
    all: trans.__('All'),
    text: trans.__('Text'),
    meaning: trans.__('Meaning'),
    symbols: trans.__('Symbols'),
    files: trans.__('Files')
  };
  return labels[scope];
}

/** What it finds, for whoever points at it. */
export function hintOf(scope: Scope, trans: TranslationBundle): string {
  const hints: Record<Scope, string> = {
    all: trans.__('Files, definitions, passages and text'),
    text: trans.__('The text as it is typed, with replacing'),
    meaning: trans.__('Passages that answer a question in your own words'),
    symbols: trans.__('Functions, classes and headings by their names'),
    files: trans.__('Files by parts of their paths')
  };
  return hints[scope];
}
