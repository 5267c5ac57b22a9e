import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

/** What errors are shown as, and what goes to the standard error output too. */
const ERROR =
  '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]';
const BAR = 'neoai-ErrorActions';

export interface IErrorActions {
  /** Whether an output that looks like an error is one. */
  isError: (child: Element) => boolean;
  explain: (node: Element) => Promise<void>;
  /** There are buttons now; others may come to them. */
  added: (bar: HTMLElement) => void;
  /** Ends early, without an error, once the signal says so. */
  fix: (node: Element, signal: AbortSignal) => Promise<void>;
}

/** Two buttons below each error that a cell puts out; they go with it. */
export class ErrorBars implements IDisposable {
  constructor(
    private readonly _actions: IErrorActions,
    private readonly _trans: TranslationBundle
  ) {
    this._observer = new MutationObserver(records => {
      for (const { addedNodes } of records) {
        for (const node of addedNodes) {
          if (node instanceof Element) {
            this._look(node);
          }
        }
      }
    });
    this._observer.observe(document.body, { childList: true, subtree: true });
    this._look(document.body);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._observer.disconnect();
      document.querySelectorAll(`.${BAR}`).forEach(bar => bar.remove());
    }
  }

  private _look(added: Element): void {
    // What is drawn again loses its buttons.
    const around = added.closest(ERROR);
    const found = [...added.querySelectorAll(ERROR)];
    for (const error of around ? [around, ...found] : found) {
      const child = error.closest('.jp-Notebook .jp-OutputArea-child');
      const hasBar = child?.querySelector(`.${BAR}`);
      if (child && !hasBar && this._actions.isError(child)) {
        const bar = this._bar();
        error.append(bar);
        this._actions.added(bar);
      }
    }
  }

  private _bar(): HTMLElement {
    const bar = document.createElement('div');
    bar.className = BAR;
    bar.setAttribute('role', 'group');
    bar.setAttribute('aria-label', this._trans.__('This error'));
    bar.append(
      errorButton(this._trans.__('Explain This Error'), button =>
        this._actions.explain(button)
      ),
      this._fixButton()
    );
    return bar;
  }

  private _fixButton(): HTMLElement {
    const label = this._trans.__('Fix This Error');
    let running: AbortController | null = null;
    const fix = errorButton(label, async button => {
      if (running) {
        running.abort();
        return;
      }
      running = new AbortController();
      button.textContent = this._trans.__('Stop');
      button.setAttribute('aria-busy', 'true');
      try {
        await this._actions.fix(button, running.signal);
      } finally {
        running = null;
        button.textContent = label;
        button.removeAttribute('aria-busy');
      }
    });
    return fix;
  }

  private readonly _observer: MutationObserver;
  private _isDisposed = false;
}

/** A button below an error. */
export function errorButton(
  label: string,
  run: (button: HTMLButtonElement) => Promise<void>
): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-mod-styled';
  button.textContent = label;
  button.addEventListener('click', () => void run(button));
  // The notebook has keys of its own for these.
  button.addEventListener('keydown', event => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.stopPropagation();
    }
  });
  return button;
}
