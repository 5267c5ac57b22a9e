import { PageConfig } from '@jupyterlab/coreutils';
import * as monaco from 'monaco-editor/editor';

/** The server's root as a `file:` URI without a slash at its end; empty where it is not known. */
function rootUri(): string {
  return PageConfig.getOption('rootUri').replace(/\/+$/, '');
}

/** Whether the server says where its root is: no language server could be told of files else. */
export function knowsRoot(): boolean {
  return PageConfig.getOption('rootUri').startsWith('file:');
}

/** The URI by which a language server knows `path` (relative to the server's root). */
export function serverUri(path: string): string {
  const names = path.split('/').map(encodeURIComponent);
  return `${rootUri()}/${names.join('/')}`;
}

/** The path of a language server's URI, relative to the server's root; null outside of it. */
export function pathOf(uri: string): string | null {
  const root = decoded(rootUri());
  const path = decoded(uri);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

/** An absolute path on the server. */
export function absoluteOf(uri: string): string {
  return decoded(uri).replace(/^file:\/\//, '');
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
}

/** The scheme of texts that are shown without being open: files in a peek, the library. */
export const PEEK = 'neoai-peek';
export const OUTSIDE = 'neoai-outside';

/** The URI of what a peek shows of a file that is not open. */
export function peekUri(path: string): monaco.Uri {
  return monaco.Uri.from({ scheme: PEEK, path: `/${path}` });
}

/** The URI of a file outside the server's root, by its absolute path. */
export function outsideUri(path: string): monaco.Uri {
  return monaco.Uri.from({ scheme: OUTSIDE, path });
}
