import type { IChange } from './offers';

/** The name of a definition that begins to be edited, or whose parameters do; the column, from 1, is
 * where it begins. */
export interface INamed {
  name: string;
  lineNumber: number;
  column: number;
}

const WORD = /[\p{L}\p{N}_$]+/gu;
const KEYWORD =
  /(?:^|[\s(])(?:def|class|function\*?|func|fn|interface|type|struct|enum|trait|const|let|var|static)\s+$/;
const RECEIVER = /^func\s+\([^)]*\)\s*$/;
const OWNER = /^\s*(?:self|this)\.$/;
const MODIFIERS =
  /^\s+(?:(?:public|private|protected|static|async|get|set|readonly|final|abstract|[\w<>[\]]+)\s+)*$/;
const ASSIGNED = /^\s*(?::[^=]+)?=(?!=)/;
const WITH_BODY = /^\s*\([^;]*\{\s*$/;

/** Constructors are called by another name. */
const CONSTRUCTORS = new Set(['__init__', '__new__', 'constructor']);
/** A list of parameters is no longer than so many lines. */
const MOST_LINES = 30;
/** At each key the line is looked through: not where a program has written it. */
const LONGEST_LINE = 10_000;

/** Finds the edits with which a rename, or another signature, begins. */
export class Naming {
  /** `before`: what stood in the line; null where that is not known. */
  begun(before: string | null, { range, text }: IChange): INamed | null {
    const { startLineNumber: lineNumber, endLineNumber } = range;
    const from = range.startColumn - 1;
    const isInLine =
      lineNumber === endLineNumber && /^[\p{L}\p{N}_$]*$/u.test(text);
    const word =
      before === null || before.length > LONGEST_LINE || !isInLine
        ? null
        : wordAt(before, from, range.endColumn - 1);
    const start = Math.min(word?.start ?? from, from);
    const isSame = lineNumber === this._line && start === this._start;
    this._line = lineNumber;
    this._start = start;
    return !isSame && word && isDefined(before!, word)
      ? { name: word.name, lineNumber, column: start + 1 }
      : null;
  }

  /** The function whose parameters begin to be edited; `before` as above, `lineAt` the others. */
  signed(
    before: string | null,
    { range, text }: IChange,
    lineAt: (lineNumber: number) => string
  ): INamed | null {
    const { startLineNumber, startColumn, endLineNumber } = range;
    const isInLine = startLineNumber === endLineNumber && !text.includes('\n');
    if (before === null || !isInLine) {
      return null;
    }
    const named = functionAround(before.slice(0, startColumn - 1), {
      lineNumber: startLineNumber,
      lineAt: line => (line === startLineNumber ? before : lineAt(line))
    });
    const isSame = named?.lineNumber === this._signed;
    this._signed = named?.lineNumber ?? 0;
    return isSame ? null : named;
  }

  /** The next edit is another one, wherever it is. */
  reset(): void {
    this._line = this._signed = 0;
  }

  private _line = 0;
  private _start = 0;
  private _signed = 0;
}

interface IAbove {
  lineNumber: number;
  lineAt: (lineNumber: number) => string;
}

/** The function whose parentheses are open at the end of `text`, the beginning of a line. */
function functionAround(
  text: string,
  { lineNumber, lineAt }: IAbove
): INamed | null {
  const last = Math.max(1, lineNumber - MOST_LINES);
  let open = 1;
  for (let number = lineNumber; number >= last; number--) {
    const line = lineAt(number);
    if (line.length > LONGEST_LINE) {
      return null;
    }
    for (let at = text.length - 1; at >= 0; at--) {
      open += text[at] === ')' ? 1 : text[at] === '(' ? -1 : 0;
      if (open === 0) {
        const word = wordAt(line, at, at);
        if (word && !CONSTRUCTORS.has(word.name) && isDefined(line, word)) {
          return {
            name: word.name,
            lineNumber: number,
            column: word.start + 1
          };
        }
        open = 1; // within a default value: who is around that
      }
    }
    text = number > last ? lineAt(number - 1) : '';
  }
  return null;
}

interface IWord {
  name: string;
  start: number;
}

/** The word that has all of this, or that this touches. */
function wordAt(line: string, from: number, to: number): IWord | null {
  for (const { 0: name, index: start } of line.matchAll(WORD)) {
    if (start <= from && to <= start + name.length) {
      return /^\p{N}/u.test(name) ? null : { name, start };
    }
  }
  return null;
}

/** Whether it is what defines the name, of a kind that other files may use. */
function isDefined(line: string, { name, start }: IWord): boolean {
  const before = line.slice(0, start);
  const after = line.slice(start + name.length);
  return (
    KEYWORD.test(before) ||
    RECEIVER.test(before) ||
    ((before === '' || OWNER.test(before)) && ASSIGNED.test(after)) ||
    (MODIFIERS.test(before) && WITH_BODY.test(after))
  );
}
