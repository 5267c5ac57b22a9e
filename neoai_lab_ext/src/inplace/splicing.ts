import { lineEdits } from '../editor/edits';
import { moved } from '../review/hunks';

/** Lines from 1; an end before the start is the place before the start. */
export interface ISpan {
  readonly start: number;
  readonly end: number;
}

/** A text with `put` in the place of its lines; `put` ends as the server's edits do. */
export function spliced(text: string, span: ISpan, put: string): string {
  const lines = text.split('\n');
  const isLast = span.end >= lines.length;
  const added = put === '' ? [] : put.split('\n');
  // The line break at its end is that of its last line, where one follows.
  if (added.at(-1) === '' && !(isLast && span.end >= span.start)) {
    added.pop();
  }
  lines.splice(span.start - 1, span.end - span.start + 1, ...added);
  return lines.join('\n');
}

/** The same lines in a text that was changed since. */
export function followed(span: ISpan, before: string, now: string): ISpan {
  const edits = lineEdits(before.split('\n'), now.split('\n'));
  const start = moved(edits, span.start - 1) + 1;
  const end = moved(edits, span.end);
  return { start, end: Math.max(end, start - 1) };
}
