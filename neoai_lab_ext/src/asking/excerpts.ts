import type { IAttachment } from '../codeblocks/chats';

/** As many characters of a text go into the chat's file; the server has a limit of its own. */
const MOST = 60_000;
// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[[0-9;]*[A-Za-z]/g;

type Kind = 'output' | 'cell' | 'variables' | 'selection';

interface IExcerpt {
  path: string;
  text: string;
  kind: Kind;
  /** The number of the cell, from 1. */
  cell?: number;
  /** The first line and the last, from 0. */
  lines?: [number, number];
}

/** A text of the page's as an attachment: as it is now, whether it is saved or not. */
export function excerpt({
  path,
  text,
  kind,
  cell,
  lines = [0, 0]
}: IExcerpt): IAttachment {
  const about = cell === undefined ? '' : `; cell=${cell}`;
  return {
    type: 'file',
    value: path,
    ...(!(kind === 'selection' && cell === undefined) && {
      mimetype: `application/vnd.neoai.excerpt; kind=${kind}${about}`
    }),
    selection: {
      start: [lines[0], 0],
      end: [lines[1], 0],
      content: text.slice(0, MOST)
    }
  };
}

/** An output as notebooks have it. */
export interface IOutput {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

/** The last error among outputs. */
export function errorOf(outputs: readonly IOutput[]): IOutput | null {
  return outputs.filter(each => each.output_type === 'error').at(-1) ?? null;
}

/** An error's traceback, without the colours. */
export function tracebackOf(error: IOutput): string {
  const lines = (error.traceback ?? []).join('\n').replace(COLOURS, '');
  return lines.trim() || nameOf(error);
}

/** What an error is called and says, in one line. */
export function nameOf({ ename = 'Error', evalue = '' }: IOutput): string {
  const said = evalue.replace(COLOURS, '').split('\n', 1)[0].slice(0, 200);
  return said ? `${ename}: ${said}` : ename;
}

/** What outputs say as text. */
export function textOf(outputs: readonly IOutput[]): string {
  return outputs
    .map(output => {
      if (output.output_type === 'error') {
        return tracebackOf(output);
      }
      const plain = output.text ?? output.data?.['text/plain'] ?? '';
      return joined(plain).replace(COLOURS, '');
    })
    .filter(text => text.trim())
    .join('\n');
}

const SUFFIXES: Record<string, string> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/gif': 'gif'
};

/** A picture as base64, and the suffix of a file of it. */
export interface IPicture {
  base64: string;
  suffix: string;
}

/** The pictures among outputs. */
export function picturesOf(outputs: readonly IOutput[]): IPicture[] {
  return outputs.flatMap(({ data = {} }) => {
    const type = Object.keys(SUFFIXES).find(each => data[each] !== undefined);
    return type
      ? [
          {
            base64: joined(data[type]).replace(/\s/g, ''),
            suffix: SUFFIXES[type]
          }
        ]
      : [];
  });
}

/** The suffix of a picture's file by its type; null for what models do not take. */
export function suffixOf(type: string): string | null {
  return SUFFIXES[type] ?? null;
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join('') : String(text);
}

const TREE =
  /^(?:lab|doc|notebooks|edit|view|files)(?:\/workspaces\/[^/]+)?(?:\/tree)?\/(.+)$/;

/** The file of this server that an address is of; null for any other. */
export function pathOfAddress(address: string, baseUrl: string): string | null {
  let url: URL;
  try {
    url = new URL(address.trim(), baseUrl);
  } catch {
    return null;
  }
  const base = new URL(baseUrl);
  if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname)) {
    return null;
  }
  const found = TREE.exec(url.pathname.slice(base.pathname.length));
  try {
    return found && decodeURIComponent(found[1]);
  } catch {
    return null;
  }
}
