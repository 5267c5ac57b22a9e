import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

import type { ISymbolPlace } from '../languageservers';
import type { IChange, IOffer, IPosition, IRange } from './offers';

/** Of the widget whose text is followed. */
export const FOLLOWED = 'neoai-mod-nextEdits';

/** The key of what is offered, as the hint has it. */
export const TAB = 'Tab ↹';

/** What is shown of the places that are offered. */
export interface IShown {
  /** All that are offered, in whichever text. */
  readonly items: readonly IOffer[];
  readonly current: IOffer | null;
  /** What Tab does, and where that stands; null where this is not the text in front. */
  readonly hint: IHint | null;
  /** Whether Tab is for the place that is offered. */
  readonly takesTab: boolean;
}

export interface IHint {
  /** In the text. */
  readonly position: IPosition;
  /** What is to be pressed: Tab, or the hint itself. */
  readonly key: string;
  readonly text: string;
  readonly count: string;
  readonly title: string;
}

/** An edit of a text; `isMine`: the user of this page has typed it there. */
export interface IEditing {
  readonly changes: readonly IChange[];
  readonly isMine: boolean;
}

/** What a language server says of the definition whose name or parameters begin to be edited. */
export interface INaming {
  readonly name: string;
  readonly lineNumber: number;
  readonly places: Promise<ISymbolPlace[] | null>;
}

/** One text that is edited: a file, or the code of a notebook's cells. */
export interface ISurface extends IDisposable {
  /** Of the file, relative to the server's root. */
  readonly path: string;
  readonly language: string;
  readonly isInFront: boolean;
  readonly isReadOnly: boolean;
  /** Whether Tab has names suggested where it is for nothing else. */
  readonly suggestsAtTab: boolean;
  /** Whether the server cannot read the text as it is here. */
  readonly isUnsaved: boolean;
  readonly length: number;
  readonly cursor: IPosition | null;
  /** The text was edited. */
  readonly edited: ISignal<this, IEditing>;
  /** What is shown may have to stand elsewhere now. */
  readonly moved: ISignal<this, void>;
  /** A definition's name, or its parameters, begin to be edited; comes before `edited`. */
  readonly named: ISignal<this, INaming> | null;

  text(): string;
  lineAt(lineNumber: number): string;
  isInView(range: IRange): boolean;
  /** How people call the place; `name` is the file's where it is another. */
  placeName(range: IRange, name: string): string;
  textIn(range: IRange): string;

  show(shown: IShown): void;
  goTo(position: IPosition): Promise<void>;
  /** Bring it to the front. */
  activate(): void;
  /** Put `text` in the place of `old`, as one step of undo; false where that cannot be. */
  replace(range: IRange, old: string, text: string): boolean;
  /** Where a name of a file of this project is defined; null where nobody knows. */
  definitions(place: ISymbolPlace): Promise<ISymbolPlace[] | null>;
}

/** The box that says what Tab does. */
export class HintBox {
  constructor(go: () => void) {
    this.node = document.createElement('div');
    this.node.className = 'neoai-NextEdit-hint';
    this._box = document.createElement('div');
    this._box.className = 'neoai-NextEdit-box';
    this.node.append(this._box);
    // The status bar says it.
    this.node.setAttribute('aria-hidden', 'true');
    this.node.addEventListener('mousedown', event => {
      event.preventDefault();
      go();
    });
  }

  readonly node: HTMLElement;

  write({ key: name, text, count, title }: IHint): void {
    const key = document.createElement('kbd');
    key.textContent = name;
    key.classList.toggle('neoai-mod-tab', name === TAB);
    const what = document.createElement('span');
    what.textContent = text;
    const number = document.createElement('span');
    number.className = 'neoai-NextEdit-count';
    number.textContent = count;
    this.node.title = title;
    this._box.replaceChildren(key, what, number);
  }

  private readonly _box: HTMLElement;
}

/** Of what is put there so much is shown. */
const LONGEST_GHOST = 120;

/** The first line of what comes, as it is shown behind the place; ↵ stands for a line's end. */
export function ghostOf({ new: text }: IOffer): string {
  const whole = text ?? '';
  const lines = whole.replace(/^\n+|\n+$/g, '').split('\n');
  const shown = lines[0].slice(0, LONGEST_GHOST);
  const isCut = lines.length > 1 || shown.length < lines[0].length;
  const begin = whole.startsWith('\n') ? '↵ ' : '';
  const end = isCut ? '…' : whole.endsWith('\n') ? ' ↵ ' : '';
  return `${begin}${shown}${end}`;
}

/** How a place is marked; `old` goes, `pointed` is to be seen to. */
export function classOf(offer: IOffer, isCurrent: boolean): string {
  if (!isCurrent) {
    return 'neoai-NextEdit-later';
  }
  if (offer.new === null) {
    return 'neoai-NextEdit-pointed';
  }
  return offer.old ? 'neoai-NextEdit-old' : '';
}
