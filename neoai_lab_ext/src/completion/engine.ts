import type { Ask } from './asking';
import { type IPlace, remainder, typedSince } from './place';
import type { ICompletionSettings } from './settings';
import type { CompletionStatus } from './status';

/** What may be shown at a place; more may come where it is not complete. */
export interface IFound {
  readonly items: readonly string[];
  readonly isComplete: boolean;
}

/** Suggestions that were asked for at a place, as far as they have come. */
interface IEntry {
  readonly place: IPlace;
  readonly n: number;
  readonly texts: string[];
  isComplete: boolean;
}

/** How many are asked for where somebody asks on purpose. */
export const ALTERNATIVES = 3;
const REMEMBERED = 50;
/** How long a question goes on that no editor is interested in, in ms. */
const KEPT_UP = 300;

export namespace CompletionEngine {
  export interface IOptions {
    readonly ask: Ask;
    readonly status: CompletionStatus;
    readonly settings: () => ICompletionSettings;
  }

  export interface IAsking {
    readonly isInvoked?: boolean;
    readonly whole?: boolean;
    readonly signal?: AbortSignal;
  }
}

/**
 * Suggestions for all editors: debounced, streamed, at most one question at a time for each editor,
 * and remembered, so that whoever types what is suggested asks nothing.
 */
export class CompletionEngine {
  constructor(private readonly _options: CompletionEngine.IOptions) {}

  /**
   * What may be shown at `place` in `editor`, as soon as there is something; null where there is
   * nothing, or something else was asked for meanwhile. `isInvoked`: by somebody, who gets
   * alternatives, and not by typing. `whole`: only when all of it is there. Once `signal` is
   * aborted nobody waits for it any more, unless the editor asks again at once.
   */
  async suggest(
    editor: object,
    place: IPlace,
    { isInvoked = false, whole = false, signal }: CompletionEngine.IAsking = {}
  ): Promise<IFound | null> {
    const turn = this._turn(editor);
    signal?.addEventListener('abort', () => this._release(editor, turn));
    if (!this._isWanted(place, isInvoked)) {
      this._drop(editor);
      return null;
    }
    const n = isInvoked ? ALTERNATIVES : 1;
    const known = this._recall(place, n);
    if (known) {
      if (!this._isGoingOn(editor, place, n)) {
        this._drop(editor);
      }
      return known;
    }
    if (!this._isGoingOn(editor, place, n)) {
      this._drop(editor);
      if (!isInvoked) {
        await pause(this._options.settings().debounce);
        if (this._turns.get(editor) !== turn || !this._isWanted(place, false)) {
          return null;
        }
      }
      this._begin(editor, place, n);
    }
    while (true) {
      const flight = this._flights.get(editor)!;
      for await (const found of flight.follow(place)) {
        if (this._turns.get(editor) !== turn) {
          return null;
        }
        // Alternatives are gone through one by one: all of them have to be there.
        if (
          found.items.length > 0 &&
          (found.isComplete || !(whole || isInvoked))
        ) {
          return found;
        }
        if (!flight.mayBecome(place)) {
          break;
        }
      }
      if (
        isSame(flight.entry.place, place) ||
        !this._isWanted(place, isInvoked)
      ) {
        return null;
      }
      // It was asked when less was typed, and what came is for something else: ask here.
      this._drop(editor);
      this._begin(editor, place, n);
    }
  }

  /** What comes further at `place`, up to its end, while nothing else is asked for in `editor`. */
  async *updates(editor: object, place: IPlace): AsyncGenerator<IFound> {
    const flight = this._flights.get(editor);
    if (!flight || typedSince(flight.entry.place, place) === null) {
      return;
    }
    for await (const found of flight.follow(place)) {
      if (this._flights.get(editor) !== flight) {
        return;
      }
      yield found;
    }
  }

  /** What is known at `place` already; asks nothing. */
  recall(place: IPlace): IFound | null {
    return this._recall(place, 1);
  }

  /** Forget what was suggested, and stop asking. */
  reset(): void {
    this._entries.length = 0;
    for (const flight of this._running) {
      flight.abort();
    }
  }

  private _release(editor: object, turn: number): void {
    setTimeout(() => {
      if (this._turns.get(editor) === turn) {
        this._drop(editor);
      }
    }, KEPT_UP);
  }

  private _isWanted(place: IPlace, isInvoked: boolean): boolean {
    const { status, settings } = this._options;
    return (
      status.mayAsk(isInvoked) &&
      !settings().languagesOff.includes(place.language)
    );
  }

  private _turn(editor: object): number {
    const turn = (this._turns.get(editor) ?? 0) + 1;
    this._turns.set(editor, turn);
    return turn;
  }

  private _isGoingOn(editor: object, place: IPlace, n: number): boolean {
    const flight = this._flights.get(editor);
    return (
      !!flight &&
      !flight.isOver &&
      flight.entry.n >= n &&
      flight.mayBecome(place)
    );
  }

  private _begin(editor: object, place: IPlace, n: number): void {
    this._flights.set(
      editor,
      new Flight(place, n, this._options, this._remember)
    );
  }

  private _drop(editor: object): void {
    this._flights.get(editor)?.abort();
    this._flights.delete(editor);
  }

  private readonly _remember = (flight: Flight, isOver: boolean): void => {
    if (!isOver) {
      this._running.add(flight);
      return;
    }
    this._running.delete(flight);
    if (flight.entry.isComplete) {
      this._entries.unshift(flight.entry);
      this._entries.length = Math.min(this._entries.length, REMEMBERED);
    }
  };

  /** What was suggested before, of which the user has typed the beginning. */
  private _recall(place: IPlace, n: number): IFound | null {
    for (const entry of this._entries) {
      if (entry.n < n) {
        continue;
      }
      const found = foundAt(entry, place);
      if (found.items.length > 0 || isSame(entry.place, place)) {
        return found;
      }
    }
    return null;
  }

  private readonly _entries: IEntry[] = [];
  private readonly _running = new Set<Flight>();
  private readonly _flights = new WeakMap<object, Flight>();
  private readonly _turns = new WeakMap<object, number>();
}

/** A question to the server that is under way. */
class Flight {
  constructor(
    place: IPlace,
    n: number,
    private readonly _options: CompletionEngine.IOptions,
    private readonly _remember: (flight: Flight, isOver: boolean) => void
  ) {
    this.entry = { place, n, texts: [], isComplete: false };
    void this._run();
  }

  readonly entry: IEntry;

  get isOver(): boolean {
    return this._isOver;
  }

  abort(): void {
    this._controller.abort();
  }

  /** Whether what comes may still be for `place`: nothing else was typed. */
  mayBecome(place: IPlace): boolean {
    const typed = typedSince(this.entry.place, place);
    return (
      typed !== null &&
      (this.entry.texts.length === 0 ||
        this.entry.texts.some(
          text => text.startsWith(typed) || typed.startsWith(text)
        ))
    );
  }

  /** What has come for `place`, again whenever there is more. */
  async *follow(place: IPlace): AsyncGenerator<IFound> {
    while (true) {
      const more = this._more;
      const isOver = this._isOver;
      yield { ...foundAt(this.entry, place), isComplete: isOver };
      if (isOver) {
        return;
      }
      await more.promise;
    }
  }

  private async _run(): Promise<void> {
    const { ask, status, settings } = this._options;
    const { place, n, texts } = this.entry;
    this._remember(this, false);
    status.began();
    let failure: unknown = null;
    try {
      const { multiline } = settings();
      const { signal } = this._controller;
      for await (const { index, text } of ask(place, n, multiline, signal)) {
        texts[index] = text;
        this._tell();
      }
      this.entry.isComplete = true;
    } catch (error) {
      failure = this._controller.signal.aborted ? undefined : error;
      texts.length = 0;
    }
    this._isOver = true;
    status.ended(this._controller.signal.aborted ? undefined : failure);
    this._remember(this, true);
    this._tell();
  }

  private _tell(): void {
    const { resolve } = this._more;
    this._more = signalled();
    resolve();
  }

  private readonly _controller = new AbortController();
  private _isOver = false;
  private _more = signalled();
}

function foundAt(entry: IEntry, place: IPlace): IFound {
  const items = new Set<string>();
  for (const text of entry.texts) {
    const left = text ? remainder(text, entry.place, place) : null;
    if (left) {
      items.add(left);
    }
  }
  return { items: [...items], isComplete: entry.isComplete };
}

function isSame(one: IPlace, other: IPlace): boolean {
  return typedSince(one, other) === '';
}

function signalled(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds));
}
