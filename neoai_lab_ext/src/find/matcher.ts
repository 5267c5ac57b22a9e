/** A file that fits what was typed. */
export interface IFound {
  /** Relative to the project. */
  path: string;
  /** Indices into `path` of the characters that were typed, ascending. */
  positions: number[];
  isRecent: boolean;
}

/** What fits, the best first, and how many files fit altogether. */
export interface IMatches {
  items: IFound[];
  total: number;
}

const NAME = 4_000_000;
const NAME_START = 1_000_000;
const NAME_WHOLE = 2_000_000;
const BOUNDARY = 500_000;
const IN_NAME = 2_000_000;
const IN_PATH = 1_000_000;
const RECENT = 20_000_000;
const SCATTERED = 900_000;
const BRIEF = 10_000;

/** What was found for a text; `known` stands for all that was asked. */
interface ITyped {
  known: string;
  pieces: string[];
  survivors: readonly number[];
  matches: IMatches;
}

/**
 * Finds files by parts of their names and paths, as one types: letters in order, capitals and the
 * beginnings of words first, each piece between spaces by itself.
 *
 * 100,000 paths take a few milliseconds a keystroke: a mask of the letters in each path leaves out
 * most of them, what fitted the text before is all that can fit a longer one, and who takes letters
 * back gets what he had seen.
 */
export class Matcher {
  constructor(readonly paths: readonly string[]) {
    const count = paths.length;
    this._lower = new Array<string>(count);
    this._names = new Uint16Array(count);
    this._masks = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const lower = lowered(paths[i]);
      this._lower[i] = lower;
      this._names[i] = lower.lastIndexOf('/') + 1;
      this._masks[i] = maskOf(lower);
    }
  }

  /** The best `limit` files; `recent` paths, the latest first, come before all others. */
  match(
    query: string,
    limit: number,
    recent: readonly string[] = []
  ): IMatches {
    const pieces = lowered(query.replace(/\\/g, '/'))
      .split(/\s+/)
      .filter(piece => piece !== '');
    const ranks = new Map(recent.map((path, rank) => [path, rank]));
    if (pieces.length === 0) {
      return this._all(limit, recent);
    }
    const known = JSON.stringify([pieces, limit, recent]);
    const before = this._taken(pieces);
    if (before?.known === known) {
      return before.matches;
    }
    const candidates = before?.survivors ?? this._candidates(pieces);
    const best = new Best(limit);
    const survivors: number[] = [];
    for (let c = 0; c < candidates.length; c++) {
      const i = candidates[c];
      const rank = ranks.size > 0 ? ranks.get(this.paths[i]) : undefined;
      const floor = pieces.length === 1 && rank === undefined ? best.floor : 0;
      let score = 0;
      for (const piece of pieces) {
        const of = this._score(i, piece, floor);
        if (of === 0) {
          score = 0;
          break;
        }
        score += of;
      }
      if (score > 0) {
        survivors.push(i);
        score += rank === undefined ? 0 : RECENT - rank * 1000;
        best.add(i, score);
      }
    }
    const items = best.indices.map(i => ({
      path: this.paths[i],
      positions: this._positions(i, pieces),
      isRecent: ranks.has(this.paths[i])
    }));
    const matches = { items, total: survivors.length };
    this._typed.push({ known, pieces, survivors, matches });
    return matches;
  }

  /** What was found for as much of this as was typed before. */
  private _taken(pieces: string[]): ITyped | undefined {
    for (;;) {
      const before = this._typed.at(-1);
      if (
        before?.pieces.every((piece, at) => pieces[at]?.startsWith(piece)) ??
        true
      ) {
        return before;
      }
      this._typed.pop();
    }
  }

  private _all(limit: number, recent: readonly string[]): IMatches {
    const there = new Set(this.paths);
    const first = recent.filter(path => there.has(path)).slice(0, limit);
    const items = first.map(path => ({ path, positions: [], isRecent: true }));
    const known = new Set(first);
    for (let i = 0; i < this.paths.length && items.length < limit; i++) {
      if (!known.has(this.paths[i])) {
        items.push({ path: this.paths[i], positions: [], isRecent: false });
      }
    }
    return { items, total: this.paths.length };
  }

  /** Those that have the letters. */
  private _candidates(pieces: string[]): readonly number[] {
    const mask = maskOf(pieces.join(''));
    const found: number[] = [];
    const masks = this._masks;
    for (let i = 0; i < masks.length; i++) {
      if ((masks[i] & mask) === mask) {
        found.push(i);
      }
    }
    return found;
  }

  /** How well a piece fits a path; 0 where it does not. What stays below `floor` may be less. */
  private _score(index: number, piece: string, floor: number): number {
    const lower = this._lower[index];
    const name = this._names[index];
    const brief = BRIEF - Math.min(lower.length, 9_000);
    const inName = lower.indexOf(piece, name);
    if (inName >= 0) {
      let score = NAME + brief;
      if (inName === name) {
        score += NAME_START;
        const rest = lower.length - name - piece.length;
        if (rest === 0 || lower[name + piece.length] === '.') {
          score += NAME_WHOLE;
        }
        return score - Math.min(rest, 200) * 1000;
      }
      const path = this.paths[index];
      if (
        isBoundary(path, inName) ||
        this._laterBoundary(path, lower, piece, inName)
      ) {
        score += BOUNDARY;
      }
      return score - Math.min(lower.length - name, 200) * 1000;
    }
    const scattered = this._scattered(index, piece, name, floor - IN_NAME);
    if (scattered > 0) {
      return IN_NAME + scattered + brief;
    }
    const inPath = lower.indexOf(piece);
    if (inPath >= 0) {
      const path = this.paths[index];
      const start = isBoundary(path, inPath) ? BOUNDARY / 2 : 0;
      // The nearer to the name, the better.
      return (
        IN_PATH + start + brief - Math.min(lower.length - inPath, 900) * 100
      );
    }
    const anywhere = this._scattered(index, piece, 0, floor);
    return anywhere > 0 ? anywhere + brief : 0;
  }

  private _laterBoundary(
    path: string,
    lower: string,
    piece: string,
    first: number
  ): boolean {
    let at = lower.indexOf(piece, first + 1);
    while (at >= 0) {
      if (isBoundary(path, at)) {
        return true;
      }
      at = lower.indexOf(piece, at + 1);
    }
    return false;
  }

  /** The letters in order with others between: by beginnings of words, and how close they are. */
  private _scattered(
    index: number,
    piece: string,
    from: number,
    floor: number
  ): number {
    const lower = this._lower[index];
    if (!isWithin(lower, piece, from)) {
      return 0;
    }
    if (floor > SCATTERED + BRIEF) {
      return 1; // It fits, and that is all that anybody will know of it.
    }
    const positions = scatter(this.paths[index], lower, piece, from);
    let score = 100_000;
    for (let k = 0; k < positions.length; k++) {
      const at = positions[k];
      if (isBoundary(this.paths[index], at)) {
        score += 40_000;
      } else if (k > 0 && positions[k - 1] === at - 1) {
        score += 25_000;
      } else {
        score -= 10_000;
      }
    }
    const span = positions[positions.length - 1] - positions[0];
    return Math.max(1, Math.min(score - span * 200, SCATTERED));
  }

  private _positions(index: number, pieces: string[]): number[] {
    const path = this.paths[index];
    const lower = this._lower[index];
    const name = this._names[index];
    const found = new Set<number>();
    for (const piece of pieces) {
      let at = lower.indexOf(piece, name);
      const first = at;
      while (at >= 0 && !isBoundary(path, at)) {
        at = lower.indexOf(piece, at + 1);
      }
      at = at >= 0 ? at : first;
      let positions: number[] | null = null;
      if (at < 0 && isWithin(lower, piece, name)) {
        positions = scatter(path, lower, piece, name);
      } else if (at < 0) {
        at = lower.indexOf(piece);
      }
      positions ??=
        at >= 0
          ? Array.from(piece, (_, offset) => at + offset)
          : scatter(path, lower, piece, 0);
      positions.forEach(position => found.add(position));
    }
    return [...found].sort((a, b) => a - b);
  }

  private readonly _lower: string[];
  private readonly _names: Uint16Array;
  private readonly _masks: Uint32Array;
  private readonly _typed: ITyped[] = [];
}

/** The best of many, in order; ties keep the order in which they came. */
class Best {
  constructor(private readonly _limit: number) {}

  readonly indices: number[] = [];

  /** What is below is not among the best; 0 while anything is. */
  get floor(): number {
    const { length } = this._scores;
    return length === this._limit && length > 0 ? this._scores[length - 1] : 0;
  }

  add(index: number, score: number): void {
    const scores = this._scores;
    if (scores.length === this._limit && score <= scores[scores.length - 1]) {
      return;
    }
    let low = 0;
    let high = scores.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (scores[middle] >= score) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    scores.splice(low, 0, score);
    this.indices.splice(low, 0, index);
    if (scores.length > this._limit) {
      scores.pop();
      this.indices.pop();
    }
  }

  private readonly _scores: number[] = [];
}

/** Lower case that is as long as the text itself, so that positions hold in both. */
function lowered(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length
    ? lower
    : Array.from(text, char => {
        const small = char.toLowerCase();
        return small.length === char.length ? small : char;
      }).join('');
}

/** Which letters and digits there are, a bit each; other characters share the rest. */
function maskOf(text: string): number {
  let mask = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    mask |=
      code >= 97 && code <= 122
        ? 1 << (code - 97)
        : code >= 48 && code <= 57
          ? 1 << 26
          : 1 << (27 + (code % 5));
  }
  return mask | 0;
}

function isWithin(lower: string, piece: string, from: number): boolean {
  let at = from - 1;
  for (let k = 0; k < piece.length; k++) {
    at = lower.indexOf(piece[k], at + 1);
    if (at < 0) {
      return false;
    }
  }
  return true;
}

/** Where the letters are: at the beginnings of words as far as that goes, else the next ones. */
function scatter(
  path: string,
  lower: string,
  piece: string,
  from: number
): number[] {
  const found: number[] = [];
  let at = from - 1;
  for (let k = 0; k < piece.length; k++) {
    const next = lower.indexOf(piece[k], at + 1);
    let choice = next;
    if (!(k > 0 && next === at + 1) && !isBoundary(path, next)) {
      let other = lower.indexOf(piece[k], next + 1);
      while (other >= 0 && !isBoundary(path, other)) {
        other = lower.indexOf(piece[k], other + 1);
      }
      if (other >= 0 && isWithin(lower, piece.slice(k + 1), other + 1)) {
        choice = other;
      }
    }
    found.push(choice);
    at = choice;
  }
  return found;
}

/** Whether a word begins here: after a separator, or at a capital after a small letter. */
function isBoundary(path: string, at: number): boolean {
  if (at === 0) {
    return true;
  }
  const before = path.charCodeAt(at - 1);
  if (
    before === 47 ||
    before === 95 ||
    before === 45 ||
    before === 46 ||
    before === 32
  ) {
    return true;
  }
  const code = path.charCodeAt(at);
  const isCapital = code >= 65 && code <= 90;
  const isDigit = code >= 48 && code <= 57;
  const afterCapital = before >= 65 && before <= 90;
  const afterDigit = before >= 48 && before <= 57;
  return (isCapital && !afterCapital) || (isDigit && !afterDigit);
}
