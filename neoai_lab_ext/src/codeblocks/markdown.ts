/** A fenced block of a message. */
export interface IFence {
  readonly language: string;
  /** What stands behind the language. */
  readonly info: string;
  readonly code: string;
  /** The last line of prose above it. */
  readonly above: string;
}

const OPENING = /^( {0,3})(`{3,}|~{3,})[ \t]*([^\s`]*)[ \t]*([^`]*)$/;
const FILE = String.raw`(?:(?!\.\.\/)[\w.@~-]+\/)*[\w.@-]*[\w-]\.[A-Za-z][\w]{0,9}`;
const QUOTED = new RegExp('`((?:[\\w.@ ~-]+\\/)*[\\w.@ -]+\\.\\w{1,10})`', 'g');
const BARE = new RegExp(`(?:^|[\\s("'*])(${FILE})(?=[\\s)"'*:,.]|$)`, 'g');
const COMMENT = new RegExp(
  `^\\s*(?:#|//|/\\*|<!--|--|;)\\s*(?:file(?:name)?:\\s*)?(${FILE})\\s*(?:\\*/|-->)?\\s*$`
);
/** Names without a suffix that are files all the same. */
const KNOWN = /(?:^|\/)(?:Dockerfile|Makefile|\.gitignore|\.env)$/;

/** The fenced blocks of a Markdown text; one that is not closed goes to the end. */
export function fencesOf(markdown: string): IFence[] {
  const lines = markdown.split(/\r?\n/);
  const found: IFence[] = [];
  let above = '';
  for (let at = 0; at < lines.length; at++) {
    const opening = OPENING.exec(lines[at]);
    if (!opening) {
      above = lines[at].trim() ? lines[at] : above;
      continue;
    }
    const [, indent, fence, language, info] = opening;
    const closing = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
    const code: string[] = [];
    for (at++; at < lines.length && !closing.test(lines[at]); at++) {
      code.push(lines[at].replace(new RegExp(`^ {0,${indent.length}}`), ''));
    }
    found.push({ language, info: info.trim(), code: code.join('\n'), above });
    above = '';
  }
  return found;
}

/** The fence that a rendered block shows: of several alike the one at its place. */
export function fenceOf(
  fences: readonly IFence[],
  code: string,
  index: number
): IFence | null {
  const alike = (fence: IFence | undefined) =>
    fence?.code.trimEnd() === code.trimEnd();
  return (alike(fences[index]) ? fences[index] : fences.find(alike)) ?? null;
}

/** The file that a block says it is for, behind the language or in its first line. */
export function pathOf(fence: IFence): string | null {
  return (
    inInfo(fence) ?? COMMENT.exec(fence.code.split('\n', 1)[0])?.[1] ?? null
  );
}

/** What may be a file: the one name with a dot in the line above a block. */
export function pathAbove({ above }: IFence): string | null {
  const quoted = [...above.matchAll(QUOTED)].map(match => match[1]);
  const names = quoted.length
    ? quoted
    : [...above.matchAll(BARE)].map(match => match[1]);
  const distinct = [...new Set(names)];
  return distinct.length === 1 ? distinct[0] : null;
}

function inInfo({ language, info }: IFence): string | null {
  const attribute = /\b(?:title|file|filename|path)=["']?([^"'\s}]+)/.exec(
    info
  );
  const named = attribute?.[1] ?? info.replace(/^[{(]|[)}]$/g, '').trim();
  // Some write `12:20:path/file.py` or `python:path/file.py` in place of the language.
  const behind = /^(?:[\w+-]+:)+(.+)$/.exec(language)?.[1] ?? language;
  return [named, behind].map(asPath).find(path => path !== null) ?? null;
}

function asPath(text: string): string | null {
  const path = text.replace(/^`|`$/g, '').replace(/:\d+(?:-\d+)?$/, '');
  const isPath =
    new RegExp(`^(?:\\./)?${FILE}$`).test(path) || KNOWN.test(path);
  return isPath && !path.split('/').includes('..')
    ? path.replace(/^\.\//, '')
    : null;
}

const SHELLS = ['bash', 'sh', 'shell', 'zsh', 'console'];

/** A block as the source of a cell for a kernel of a language. */
export function asCellSource(
  code: string,
  language: string,
  kernel: string
): string {
  const isShell = SHELLS.includes(language.toLowerCase());
  return isShell && kernel.toLowerCase() === 'python'
    ? `%%bash\n${code.replace(/^\$ /gm, '')}`
    : code;
}

/** The code for a cursor behind `margin`, white space that every line but the first needs too. */
export function indented(code: string, margin: string): string {
  const lines = code.replace(/\n$/, '').split('\n');
  const widths = lines
    .filter(line => line.trim())
    .map(line => /^[ \t]*/.exec(line)![0].length);
  const own = Math.min(...widths);
  return lines
    .map((line, at) =>
      line.trim() ? (at ? margin : '') + line.slice(own) : ''
    )
    .join('\n');
}
