/** Something that is found both in a text and in what it is rendered as. */
export interface IAnchor {
  /** What it says, without its markup. */
  key: string;
  /** In the text, from 1. */
  line: number;
}

/** A line of the text, and where it is in what is shown, in pixels from the top. */
export type Point = readonly [line: number, top: number];

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const ATX = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const SETEXT = /^ {0,3}(=+|-+)[ \t]*$/;

/** The headings and fenced blocks of a Markdown text, in order. */
export function anchorsOf(text: string): IAnchor[] {
  const anchors: IAnchor[] = [];
  const lines = text.split('\n');
  let fence: string | null = null;
  let paragraph = -1;
  let start = frontMatterEnd(lines);
  for (; start < lines.length; start++) {
    const line = lines[start];
    const opened = FENCE.exec(line);
    if (fence !== null) {
      if (
        opened &&
        opened[1].startsWith(fence) &&
        !line.trim().slice(opened[1].length)
      ) {
        fence = null;
      }
      continue;
    }
    if (opened) {
      fence = opened[1];
      anchors.push({ key: blockKey(lines[start + 1] ?? ''), line: start + 1 });
      paragraph = -1;
      continue;
    }
    const heading = ATX.exec(line);
    if (heading) {
      const level = heading[1].length;
      anchors.push({
        key: headingKey(level, heading[2] ?? ''),
        line: start + 1
      });
      paragraph = -1;
      continue;
    }
    const underline = paragraph >= 0 ? SETEXT.exec(line) : null;
    if (underline) {
      const level = underline[1].startsWith('=') ? 1 : 2;
      const title = lines.slice(paragraph, start).join(' ');
      anchors.push({ key: headingKey(level, title), line: paragraph + 1 });
    }
    if (!line.trim() || underline) {
      paragraph = -1;
    } else if (paragraph < 0) {
      paragraph = start;
    }
  }
  return anchors;
}

export function headingKey(level: number, title: string): string {
  return `h${level}:${letters(title.replace(/\]\([^)]*\)/g, ']'))}`;
}

/** Of a block of code, by its first line. */
export function blockKey(first: string): string {
  return `pre:${letters(first)}`;
}

/**
 * The lines of `anchors` beside what is shown of them, in order. What is on one side alone, such
 * as a heading that HTML makes, is left out.
 */
export function pair(
  anchors: readonly IAnchor[],
  shown: readonly { key: string; top: number }[]
): Point[] {
  const points: Point[] = [];
  let next = 0;
  for (const { key, top } of shown) {
    const at = anchors.findIndex(
      (anchor, i) => i >= next && anchor.key === key
    );
    if (at >= 0) {
      points.push([anchors[at].line, top]);
      next = at + 1;
    }
  }
  return points;
}

/** What belongs to `value` where `from` and `to` are rising together; 0 is a line, 1 a place. */
export function between(
  points: readonly Point[],
  value: number,
  from: 0 | 1
): number {
  const to = from === 0 ? 1 : 0;
  const after = points.findIndex(point => point[from] > value);
  if (after === 0) {
    return points[0][to];
  }
  if (after < 0) {
    return points[points.length - 1]?.[to] ?? 0;
  }
  const [low, high] = [points[after - 1], points[after]];
  const part = (value - low[from]) / (high[from] - low[from]);
  return low[to] + part * (high[to] - low[to]);
}

/** Letters and digits: what markup, links and ¶ leave of a text. */
function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '');
}

function frontMatterEnd(lines: readonly string[]): number {
  if (lines[0] !== '---') {
    return 0;
  }
  const end = lines.findIndex(
    (line, i) => i > 0 && (line === '---' || line === '...')
  );
  return end < 0 ? 0 : end + 1;
}
