import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { API, APIError, type components } from '../api';
import type { IProjects } from '../projects';
import type { INeoAIReviewer } from '../review';
import { errorButton } from './errorbar';
import { errorOf, type IOutput, nameOf, tracebackOf } from './excerpts';
import type { ICellAt } from './sources';

type Fix = components['schemas']['Fix'];
export type IError = components['schemas']['ErrorGiven'];

const PANEL = 'neoai-EarlierFix';

interface IOptions {
  api: API;
  projects: IProjects;
  reviewer: INeoAIReviewer;
  /** The cell that an element is in. */
  cellAt: (node: Element) => ICellAt | null;
  told: (work: Promise<void>) => Promise<void>;
  trans: TranslationBundle;
}

/** An error as the server is told of it. */
export function givenError(error: IOutput): IError {
  return {
    name: (error.ename ?? '').slice(0, 1000),
    message: (error.evalue ?? '').slice(0, 20_000),
    traceback: (tracebackOf(error) || nameOf(error)).slice(-100_000)
  };
}

/** Offers below an error how the same one was fixed before; no model is needed for it. */
export class EarlierFixes {
  constructor(private readonly _options: IOptions) {
    _options.projects.changed.connect(() => {
      const waiting = [...this._waiting].filter(bar => bar.isConnected);
      this._waiting.clear();
      waiting.forEach(bar => void this.offer(bar));
    });
  }

  /** Add the offer to the buttons below an error, where there is one. */
  async offer(bar: HTMLElement): Promise<void> {
    const { cellAt, projects, trans } = this._options;
    const cell = cellAt(bar);
    const error = cell && errorOf(cell.outputs);
    if (!cell || !error) {
      return;
    }
    if (!projects.find(cell.path)) {
      this._waiting.add(bar); // the projects may not be known yet
      return;
    }
    const fixes = await this._find(cell, error);
    if (fixes.length === 0 || !bar.isConnected) {
      return;
    }
    const button = errorButton(trans.__('Fixed Before: Show'), async () => {
      const open = bar.querySelector(`.${PANEL}`);
      button.setAttribute('aria-expanded', String(!open));
      if (open) {
        open.remove();
      } else {
        bar.append(this._panel(bar, button, cell, fixes, 0));
      }
    });
    button.setAttribute('aria-expanded', 'false');
    bar.append(button);
  }

  /** Those of the same words; of the same kind only where they fit the cell. */
  private async _find(cell: ICellAt, error: IOutput): Promise<Fix[]> {
    const { api, projects } = this._options;
    try {
      const { items } = await api.post('/ai/fixes/search', {
        body: {
          project_id: projects.find(cell.path)!.id,
          error: givenError(error),
          code: cell.source.slice(0, 100_000),
          k: 5
        }
      });
      return items.filter(
        ({ match, applied }) =>
          match === 'same' || (match === 'kind' && applied !== null)
      );
    } catch (failure) {
      if (!(failure instanceof APIError && failure.status < 500)) {
        console.warn('Earlier fixes are not known.', failure);
      }
      return [];
    }
  }

  private _panel(
    bar: HTMLElement,
    opener: HTMLElement,
    cell: ICellAt,
    fixes: Fix[],
    at: number
  ): HTMLElement {
    const { told, trans } = this._options;
    const fix = fixes[at];
    const panel = document.createElement('div');
    panel.className = PANEL;
    panel.setAttribute('role', 'group');
    panel.setAttribute('aria-label', trans.__('How it was fixed before'));
    const show = (next: number, left = fixes) => {
      panel.replaceWith(this._panel(bar, opener, cell, left, next));
    };
    const buttons = [
      fix.applied === null
        ? errorButton(trans.__('Copy Fixed Code'), async () => {
            Clipboard.copyToSystem(fix.after);
            Notification.success(trans.__('Copied.'), { autoClose: 2000 });
          })
        : errorButton(trans.__('Apply'), () =>
            told(this._apply(bar, cell, fix))
          ),
      errorButton(trans.__('Forget'), () =>
        told(
          this._forget(cell, fix).then(() => {
            fixes.splice(at, 1);
            if (fixes.length > 0) {
              show(0);
            } else {
              panel.remove();
              opener.remove();
            }
          })
        )
      )
    ];
    if (fixes.length > 1) {
      const next = (at + 1) % fixes.length;
      const label = trans.__('Next (%1 of %2)', at + 1, fixes.length);
      buttons.push(errorButton(label, async () => show(next)));
    }
    const actions = document.createElement('div');
    actions.className = 'neoai-ErrorActions';
    actions.append(...buttons);
    panel.append(this._heading(fix), diffNode(fix.diff), actions);
    return panel;
  }

  private _heading({ at, path, applied }: Fix): HTMLElement {
    const { trans } = this._options;
    const date = new Date(at).toLocaleDateString();
    const where = path
      ? trans.__('Fixed on %1 in %2.', date, path)
      : trans.__('Fixed on %1.', date);
    const heading = document.createElement('div');
    heading.textContent =
      applied === null
        ? `${where} ${trans.__('This cell is too different for it to be applied.')}`
        : where;
    return heading;
  }

  /** At once where the cell is as it was then; else as a change to decide on. */
  private async _apply(
    bar: HTMLElement,
    { path, id, source }: ICellAt,
    fix: Fix
  ): Promise<void> {
    const review = await this._options.reviewer.review({
      title: this._options.trans.__('The earlier fix'),
      proposals: [{ path, cell: id, proposed: fix.applied!, base: source }]
    });
    if (source.trimEnd() === fix.before.trimEnd()) {
      await review?.acceptAll();
    }
    bar.querySelector(`.${PANEL}`)?.remove();
  }

  private async _forget({ path }: ICellAt, { id }: Fix): Promise<void> {
    const { api, projects } = this._options;
    await api.delete('/ai/fixes/{fix_id}', {
      path: { fix_id: id },
      query: { project_id: projects.find(path)?.id ?? '' }
    });
  }

  private readonly _waiting = new Set<HTMLElement>();
}

/** The changed lines of a unified diff, and those around them. */
function diffNode(diff: string): HTMLElement {
  const node = document.createElement('pre');
  const lines = diff.split('\n').slice(2);
  for (const line of lines.filter(each => !each.startsWith('@@'))) {
    const row = document.createElement('div');
    row.textContent = line;
    row.className =
      line[0] === '+'
        ? 'neoai-mod-added'
        : line[0] === '-'
          ? 'neoai-mod-removed'
          : '';
    node.append(row);
  }
  return node;
}
