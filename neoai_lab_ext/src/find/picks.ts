import type { LabIcon } from '@jupyterlab/ui-components';

/** One row of quick open. */
export interface IPick {
  /** By which the row is known while what is listed changes. */
  id: string;
  label: string;
  /** Indices into `label` of the characters that fit. */
  marks?: readonly number[];
  detail?: string;
  detailMarks?: readonly number[];
  icon?: LabIcon;
  /** Shown at the right: a shortcut, a kind, "recent". */
  note?: string;
  /** Go there; `beside` opens it beside what is in front. */
  run: (beside: boolean) => unknown;
}

/** What is listed, and what to say below it. */
export interface IPicks {
  items: IPick[];
  status: string;
  isError?: boolean;
}

/** A text with the characters at `marks` emphasised. */
export function marked(text: string, marks: readonly number[] = []): Node {
  const fragment = document.createDocumentFragment();
  const chosen = new Set(marks);
  for (let start = 0; start < text.length;) {
    const isMarked = chosen.has(start);
    let end = start + 1;
    while (end < text.length && chosen.has(end) === isMarked) {
      end++;
    }
    const part = text.slice(start, end);
    if (isMarked) {
      const mark = document.createElement('mark');
      mark.textContent = part;
      fragment.append(mark);
    } else {
      fragment.append(part);
    }
    start = end;
  }
  return fragment;
}
