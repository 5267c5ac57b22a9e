import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { explain } from './errors';
import type { HealthWatch } from './health';

/** What is wrong with the server, a line each; empty where nothing is. */
export function problems(
  watch: HealthWatch,
  trans: TranslationBundle
): string[] {
  if (watch.error) {
    return [explain(watch.error, trans)];
  }
  return Object.entries(watch.health?.checks ?? {})
    .filter(([, { status }]) => status === 'failed')
    .map(([name, { detail }]) => `${name}: ${detail}`);
}

/** Ask the server how it is, and show what it says. */
export async function showHealth(
  watch: HealthWatch,
  trans: TranslationBundle
): Promise<void> {
  await watch.refresh();
  await showDialog({
    title: trans.__('NeoAI’s Health'),
    body: new HealthView(watch, trans),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}

class HealthView extends Widget {
  constructor(watch: HealthWatch, trans: TranslationBundle) {
    super();
    this.addClass('neoai-Health');
    const { health, error } = watch;
    const summary = document.createElement('p');
    if (!health) {
      summary.textContent = explain(error, trans);
    } else if (health.status === 'ok') {
      summary.textContent = trans.__(
        'NeoAI %1: every part works.',
        health.version
      );
    } else {
      summary.textContent = trans.__(
        'NeoAI %1: a part does not work. “jupyter neoai doctor” in a terminal says how to mend it.',
        health.version
      );
    }
    this.node.append(summary);
    const states = {
      ok: trans.__('works'),
      off: trans.__('off'),
      failed: trans.__('failed')
    };
    const list = document.createElement('dl');
    for (const [name, { status, detail }] of Object.entries(
      health?.checks ?? {}
    )) {
      const term = document.createElement('dt');
      term.textContent = name;
      const state = document.createElement('dd');
      state.className = `neoai-mod-${status}`;
      state.textContent = detail
        ? `${states[status]}: ${detail}`
        : states[status];
      list.append(term, state);
    }
    this.node.append(list);
  }
}
