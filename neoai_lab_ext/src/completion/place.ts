/** Another cell of a notebook. */
export interface IOtherCell {
  readonly source: string;
  readonly kind: 'code' | 'markdown' | 'raw';
}

/** Where something may be suggested: what stands around the cursor, as far as it counts. */
export interface IPlace {
  /** At most `BEFORE` characters before the cursor. */
  readonly before: string;
  /** How many there are in all. */
  readonly offset: number;
  /** At most `AFTER` characters after it. */
  readonly after: string;
  readonly language: string;
  /** Relative to the server's root; empty where it is no file. */
  readonly path: string;
  readonly cells?: {
    readonly before: IOtherCell[];
    readonly after: IOtherCell[];
  };
}

/** The server tells a model fewer; of what it cuts it looks for the secrets that begin before. */
export const BEFORE = 29_000;
export const AFTER = 25_000;

/** Brackets and quotes that editors close by themselves. */
const CLOSERS = /^[)\]}"'`]{1,3}$/;

/**
 * What is left of `text`, which was suggested at `from`, at `place`: null where that is another
 * place, or something else was typed.
 */
export function remainder(
  text: string,
  from: IPlace,
  place: IPlace
): string | null {
  const typed = typedSince(from, place);
  if (typed === null || !text.startsWith(typed)) {
    return null;
  }
  const left = text.slice(typed.length);
  const closed = closedSince(from, place);
  if (closed === null) {
    return null;
  }
  return left.endsWith(closed)
    ? left.slice(0, left.length - closed.length)
    : left;
}

/** What was typed at `from` to come to `place`; null where that is another place. */
export function typedSince(from: IPlace, place: IPlace): string | null {
  const length = place.offset - from.offset;
  if (length < 0 || length > place.before.length || from.path !== place.path) {
    return null;
  }
  const before = place.before.slice(0, place.before.length - length);
  return from.before.endsWith(before) && closedSince(from, place) !== null
    ? place.before.slice(before.length)
    : null;
}

/** The brackets that the editor has closed meanwhile. */
function closedSince(from: IPlace, place: IPlace): string | null {
  if (from.after === place.after) {
    return '';
  }
  for (let length = 1; length <= 3; length++) {
    const closed = place.after.slice(0, length);
    const rest = place.after.slice(length);
    if (
      CLOSERS.test(closed) &&
      from.after.startsWith(rest) &&
      rest.length >= from.after.length - length
    ) {
      return closed;
    }
  }
  return null;
}

/** The next word of a text, with what stands before it. */
export function firstWord(text: string): string {
  return /^\s*(?:[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+)?/u.exec(text)![0];
}

/** The rest of the line, or the next one where that is empty. */
export function firstLine(text: string): string {
  return /^\n?[^\n]*/.exec(text)![0];
}
