/** So many lines on either side of what was changed are kept with it. */
const AROUND = 8;

/** Of a text before and after a change: what changed, with some lines around it. */
export function narrowed(
  before: string,
  after: string
): { before: string; after: string } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const shortest = Math.min(old.length, now.length);
  let head = 0;
  while (head < shortest && old[head] === now[head]) {
    head++;
  }
  let tail = 0;
  while (tail < shortest - head && old.at(-1 - tail) === now.at(-1 - tail)) {
    tail++;
  }
  const from = Math.max(0, head - AROUND);
  const left = Math.max(0, tail - AROUND);
  const part = (lines: string[]) =>
    lines.slice(from, lines.length - left).join('\n');
  return { before: part(old), after: part(now) };
}
