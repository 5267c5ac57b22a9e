/** One replacement in the text as it was. Offset and length in UTF-16 units. */
export interface IEdit {
  offset: number;
  length: number;
  text: string;
}

/** How many lines may differ before a text is replaced as a whole: the search is quadratic in it. */
const MOST_DIFFERENCES = 400;

/** Lines of a text, from 0, `end` not included, and what stands in their place. */
export interface ILineEdit {
  start: number;
  end: number;
  lines: string[];
}

/**
 * Edits by whole lines that turn `before` into `after`, from the first to the last, the fewest lines
 * that do. Line breaks are `\n`.
 */
export function smallestEdits(before: string, after: string): IEdit[] {
  const a = linesOf(before);
  const edits: IEdit[] = [];
  let [line, offset] = [0, 0];
  const to = (end: number) => {
    const from = offset;
    for (; line < end; line++) {
      offset += a[line].length;
    }
    return offset - from;
  };
  for (const { start, end, lines } of lineEdits(a, linesOf(after))) {
    to(start);
    const at = offset;
    edits.push({ offset: at, length: to(end), text: lines.join('') });
  }
  return edits;
}

/** The same for lists of lines (Myers, "An O(ND) Difference Algorithm", 1986). */
export function lineEdits(
  a: readonly string[],
  b: readonly string[]
): ILineEdit[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) {
    head++;
  }
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  ) {
    tail++;
  }
  const from = a.slice(head, a.length - tail);
  const to = b.slice(head, b.length - tail);
  return toEdits(from, to, path(from, to), head);
}

const linesOf = (text: string): string[] =>
  text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** The pairs of equal lines on a shortest way from one list to the other; none when it is long. */
function path(a: string[], b: string[]): [number, number][] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let d = 0; d <= Math.min(a.length + b.length, MOST_DIFFERENCES); d++) {
    trace.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down =
        k === -d ||
        (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = down
        ? (furthest.get(k + 1) ?? 0)
        : (furthest.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) {
        x++;
      }
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) {
        return matches(trace, a.length, b.length);
      }
    }
  }
  return [];
}

function matches(
  trace: Map<number, number>[],
  x: number,
  y: number
): [number, number][] {
  const pairs: [number, number][] = [];
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d];
    const k = x - y;
    const down =
      k === -d ||
      (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const before = down ? k + 1 : k - 1;
    const startX = furthest.get(before) ?? 0;
    const startY = startX - before;
    while (x > startX && y > startY && x > 0 && y > 0) {
      pairs.push([--x, --y]);
    }
    x = startX;
    y = startY;
  }
  return pairs.reverse();
}

function toEdits(
  a: string[],
  b: string[],
  pairs: [number, number][],
  head: number
): ILineEdit[] {
  const edits: ILineEdit[] = [];
  let [x, y] = [0, 0];
  for (const [nextX, nextY] of [...pairs, [a.length, b.length]]) {
    if (nextX > x || nextY > y) {
      const lines = b.slice(y, nextY);
      edits.push({ start: head + x, end: head + nextX, lines });
    }
    [x, y] = [nextX + 1, nextY + 1];
  }
  return edits;
}
