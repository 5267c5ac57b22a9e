import { toModelText } from '../editor/binding';
import { type ILineEdit, lineEdits } from '../editor/edits';

/**
 * open: awaits a decision. stale: others have changed these lines meanwhile; it is open again where
 * they take that back. accepted, rejected: decided.
 */
export type HunkState = 'open' | 'stale' | 'accepted' | 'rejected';

/** A part of a proposed change that is decided on by itself. */
export interface IHunk {
  readonly id: number;
  /** The lines that go, without their line breaks. */
  readonly removed: readonly string[];
  /** The lines that come in their place. */
  readonly added: readonly string[];
  readonly state: HunkState;
  /** Where it begins in the text as it is now, in lines from 0; near it where it is stale. */
  readonly line: number;
}

interface IMutableHunk extends IHunk {
  state: HunkState;
  line: number;
  /** Where it begins in the text that the proposal was made from. */
  readonly start: number;
}

/** Between hunks, so few lines without a word do not keep them apart. */
const MOST_BETWEEN = 2;

/**
 * What is proposed for one text, hunk by hunk, while others go on changing it.
 *
 * There are three texts: the one that the proposal was made from, in which what is accepted takes
 * its place (the base), the proposal, and the text as it is now. A hunk applies while nobody has
 * touched its lines since the base; what others change elsewhere stays. Lines are an editor's: a break
 * at a text's end begins an empty one.
 */
export class Hunks {
  constructor(base: string, proposed: string) {
    this._base = linesOf(base);
    const edits = lineEdits(this._base, linesOf(proposed));
    this._hunks = joined(edits, this._base).map(
      ({ start, end, lines }, id) => ({
        id,
        start,
        removed: this._base.slice(start, end),
        added: lines,
        state: 'open',
        line: start
      })
    );
  }

  /** All hunks from the first to the last. */
  get items(): readonly IHunk[] {
    return this._hunks;
  }

  /** Those that nobody has decided on. */
  get undecided(): readonly IHunk[] {
    return this._hunks.filter(({ state }) => isUndecided(state));
  }

  get(id: number): IHunk | null {
    return this._hunks[id] ?? null;
  }

  /** The text is `text` now: find each hunk's place in it, and whether it still applies. */
  follow(text: string): void {
    const now = linesOf(text);
    let edits = lineEdits(this._base, now);
    for (const hunk of this._hunks) {
      if (hunk.state === 'rejected') {
        continue;
      }
      if (!isIntact(edits, this._range(hunk))) {
        edits = this._settle(hunk, now, edits);
      } else if (hunk.state === 'stale') {
        hunk.state = 'open';
      }
    }
    for (const hunk of this._hunks) {
      hunk.line = Math.min(moved(edits, this._range(hunk).start), now.length);
    }
  }

  /**
   * Decide for a hunk of which `follow` has seen the text: the whole text with it, or null where it
   * does not apply. The text is to be changed at once.
   */
  accept(id: number, text: string): string | null {
    this.follow(text);
    const hunk = this._hunks[id];
    if (hunk?.state !== 'open') {
      return null;
    }
    const now = linesOf(text);
    now.splice(hunk.line, hunk.removed.length, ...hunk.added);
    this._fold(hunk, 'accepted');
    const after = now.join('\n');
    this.follow(after);
    return after;
  }

  reject(id: number): void {
    const hunk = this._hunks[id];
    if (hunk && isUndecided(hunk.state)) {
      hunk.state = 'rejected';
    }
  }

  /**
   * The lines of a hunk are not what the base has. Somebody may have undone what was accepted, or
   * have made the change by themselves; else they have changed something in it.
   */
  private _settle(
    hunk: IMutableHunk,
    now: readonly string[],
    edits: ILineEdit[]
  ): ILineEdit[] {
    const before = hunk.state;
    this._fold(hunk, before === 'accepted' ? 'open' : 'accepted');
    const others = lineEdits(this._base, now);
    if (isIntact(others, this._range(hunk))) {
      return others;
    }
    this._fold(hunk, before === 'accepted' ? 'accepted' : 'stale');
    return edits;
  }

  /** Give a hunk a state, and the base the lines that it then has there. */
  private _fold(hunk: IMutableHunk, state: HunkState): void {
    const { start, end } = this._range(hunk);
    hunk.state = state;
    const lines = state === 'accepted' ? hunk.added : hunk.removed;
    this._base.splice(start, end - start, ...lines);
  }

  /** The lines of a hunk in the base. */
  private _range(hunk: IMutableHunk): { start: number; end: number } {
    let start = hunk.start;
    for (const { added, removed, state } of this._hunks.slice(0, hunk.id)) {
      if (state === 'accepted') {
        start += added.length - removed.length;
      }
    }
    const lines = hunk.state === 'accepted' ? hunk.added : hunk.removed;
    return { start, end: start + lines.length };
  }

  /** The text that the proposal was made from, with what is accepted. */
  private readonly _base: string[];
  private readonly _hunks: IMutableHunk[];
}

const linesOf = (text: string): string[] => toModelText(text).split('\n');

export function isUndecided(state: HunkState): boolean {
  return state === 'open' || state === 'stale';
}

/** Edits as hunks: those that stand close together are one. */
function joined(edits: ILineEdit[], base: readonly string[]): ILineEdit[] {
  const found: ILineEdit[] = [];
  for (const edit of edits) {
    const last = found.at(-1);
    const between = last ? base.slice(last.end, edit.start) : [];
    if (
      last &&
      between.length <= MOST_BETWEEN &&
      !between.some(line => /\w/.test(line))
    ) {
      last.lines = [...last.lines, ...between, ...edit.lines];
      last.end = edit.end;
    } else {
      found.push({ ...edit });
    }
  }
  return found;
}

/** Whether edits leave these lines, and where nothing stands between them their place, alone. */
function isIntact(
  edits: readonly ILineEdit[],
  range: { start: number; end: number }
): boolean {
  const isEmpty = range.start === range.end;
  return !edits.some(({ start, end }) =>
    isEmpty
      ? start <= range.start && end >= range.end
      : start < range.end && end > range.start
  );
}

/** Where a line, from 0, comes to stand by edits. */
export function moved(edits: readonly ILineEdit[], line: number): number {
  let shift = 0;
  for (const { start, end, lines } of edits) {
    if (end > line) {
      break;
    }
    shift += lines.length - (end - start);
  }
  return line + shift;
}
