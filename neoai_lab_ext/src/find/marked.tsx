import type { JSX } from 'react';

/** A text with the places from `start` to `end` emphasised; what lies outside of it is left aside. */
export function marked(
  text: string,
  places: readonly (readonly [number, number])[]
): JSX.Element {
  const parts: JSX.Element[] = [];
  let at = 0;
  for (const [start, end] of [...places].sort(([a], [b]) => a - b)) {
    const [from, to] = [Math.max(start, at), Math.min(end, text.length)];
    if (from < to) {
      parts.push(<span key={at}>{text.slice(at, from)}</span>);
      parts.push(<mark key={`m${from}`}>{text.slice(from, to)}</mark>);
      at = to;
    }
  }
  return (
    <>
      {parts}
      {text.slice(at)}
    </>
  );
}
