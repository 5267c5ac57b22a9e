import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { noteOf } from '../chat/notes';
import type { Chats, IChat, IChatMessage } from './chats';
import { fenceOf, fencesOf, type IFence } from './markdown';
import { codeToolbar, TOOLBAR_CLASS } from './toolbar';
import type { Action } from './tokens';

const MESSAGE = '.jp-chat-rendered-message';
const CONTAINER = '.jp-chat-message-container';
const LIST = '.jp-chat-messages-container';

/** A block as it is when somebody presses one of its buttons. */
export interface IBlock extends IFence {
  readonly chat: IChat | null;
  readonly toolbar: HTMLElement;
  /** The question that asked for it, which may be about an error. */
  readonly mends?: string;
}

/** Colours a block's text as one of a language. */
export type Colour = (code: Element, language: string) => Promise<void>;

interface IFocus {
  readonly message: Element;
  readonly block: number;
  readonly action: string;
}

/**
 * Puts a row of buttons below each code block of the chats. A message that grows is drawn anew with
 * each piece, its buttons with it: the one that had the keyboard gets it back.
 */
export class CodeBlocks implements IDisposable {
  constructor(
    private readonly _chats: Chats,
    private readonly _trans: TranslationBundle,
    private readonly _run: (action: Action, block: IBlock) => Promise<void>,
    private readonly _colour: Colour = () => Promise.resolve()
  ) {
    this._observer = new MutationObserver(records => this._onChanged(records));
    this._observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusin', this._noteFocus);
    for (const pre of document.querySelectorAll(`${MESSAGE} pre`)) {
      this._equip(pre);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._observer.disconnect();
      document.removeEventListener('focusin', this._noteFocus);
      document
        .querySelectorAll(`.${TOOLBAR_CLASS}`)
        .forEach(toolbar => toolbar.remove());
    }
  }

  private _onChanged(records: readonly MutationRecord[]): void {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node instanceof HTMLElement) {
          this._look(node);
        }
      }
    }
    this._restoreFocus();
  }

  private _look(added: HTMLElement): void {
    const blocks = added.closest(MESSAGE)
      ? added.querySelectorAll('pre')
      : added.querySelectorAll(`${MESSAGE} pre`);
    blocks.forEach(pre => this._equip(pre));
    if (added.matches(`${MESSAGE} pre`)) {
      this._equip(added);
    }
  }

  private _equip(pre: Element): void {
    if (pre.nextElementSibling?.classList.contains(TOOLBAR_CLASS)) {
      return;
    }
    const toolbar = codeToolbar(this._trans, action =>
      this._run(action, this._blockOf(pre, toolbar))
    );
    pre.after(toolbar);
    // JupyterLab takes all that stands behind the fence for the language, the file's name too.
    const code = pre.firstElementChild;
    const named = /^language-(\S+)\s/.exec(code?.className ?? '');
    if (code && named) {
      void this._colour(code, named[1]);
    }
  }

  private _blockOf(pre: Element, toolbar: HTMLElement): IBlock {
    const code = pre.textContent ?? '';
    const chat = this._chats.around(pre);
    const message = chat && messageOf(pre, chat, code);
    const language =
      /\blanguage-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ??
      '';
    const shown = { language, info: '', code, above: above(pre) };
    const fence = message
      ? fenceOf(fencesOf(message.body), code, indexOf(pre))
      : null;
    const mends = message ? asked(message, chat) : undefined;
    return { ...(fence ?? shown), chat, toolbar, mends };
  }

  private readonly _noteFocus = (event: FocusEvent): void => {
    const { target } = event;
    const button =
      target instanceof Element
        ? target.closest<HTMLElement>(`.${TOOLBAR_CLASS} button`)
        : null;
    const message = button?.closest(CONTAINER);
    const pre = button?.parentElement?.previousElementSibling;
    this._focus =
      button && message && pre
        ? { message, block: indexOf(pre), action: button.dataset.action ?? '' }
        : null;
  };

  private _restoreFocus(): void {
    if (!this._focus || document.activeElement !== document.body) {
      return;
    }
    const { message, block, action } = this._focus;
    const toolbar = message.querySelectorAll(`.${TOOLBAR_CLASS}`)[block];
    toolbar
      ?.querySelector<HTMLElement>(`[data-action="${action}"]`)
      ?.focus({ preventScroll: true });
  }

  private readonly _observer: MutationObserver;
  private _focus: IFocus | null = null;
  private _isDisposed = false;
}

/** Which of its message's blocks it is. */
function indexOf(pre: Element): number {
  const blocks = pre.closest(MESSAGE)?.querySelectorAll('pre') ?? [];
  return [...blocks].indexOf(pre as HTMLPreElement);
}

/** The message that a block is in; the page may have the last messages only. */
function messageOf(
  pre: Element,
  { model }: IChat,
  code: string
): IChatMessage | null {
  const message = pre.closest<HTMLElement>('[data-index]');
  const list = message?.closest(LIST);
  const fromEnd =
    (list?.querySelectorAll('[data-index]').length ?? 0) -
    Number(message?.dataset.index ?? 0);
  const shown = [
    model.messages.filter(each => !each.deleted).at(-fromEnd),
    model.messages.at(-fromEnd)
  ];
  const first = code.trim().split('\n', 1)[0].trim();
  return shown.find(message => message?.body.includes(first)) ?? null;
}

/** What a reply answers. */
function asked(message: IChatMessage, { model }: IChat): string | undefined {
  const answers = noteOf(message)?.answers;
  return model.messages.find(({ id }) => id === answers)?.body;
}

/** The prose above a block. */
function above(pre: Element): string {
  const before = pre.previousElementSibling;
  return before?.matches('p, h1, h2, h3, h4, h5, h6, ul, ol')
    ? (before.textContent?.trim().split('\n').pop() ?? '')
    : '';
}
