/** A place in a file, as a citation's link names it. */
export interface ICitation {
  /** Relative to the server's root. */
  readonly path: string;
  /** From 1. */
  readonly line?: number;
  /** Inclusive. */
  readonly endLine?: number;
}

const FRAGMENT = /^#L(\d{1,9})(?:-L?(\d{1,9}))?$/;

/**
 * What a link to `…/lab/tree/<path>#L12` or `#L12-L20` of this server cites; null for any other.
 * `href` is absolute, `baseUrl` the server's.
 */
export function citationOf(href: string, baseUrl: string): ICitation | null {
  const url = parse(href);
  const base = parse(baseUrl);
  if (!url || !base || url.origin !== base.origin) {
    return null;
  }
  const root = base.pathname.endsWith('/')
    ? base.pathname
    : `${base.pathname}/`;
  if (!url.pathname.startsWith(root)) {
    return null;
  }
  const found = /^(?:lab|doc)(?:\/workspaces\/[^/]+)?\/tree\/(.+)$/.exec(
    url.pathname.slice(root.length)
  );
  const path = found && decoded(found[1]);
  if (!path) {
    return null;
  }
  const lines = FRAGMENT.exec(url.hash);
  if (!lines) {
    return { path };
  }
  const line = Math.max(1, Number(lines[1]));
  const endLine =
    lines[2] === undefined ? line : Math.max(line, Number(lines[2]));
  return { path, line, endLine };
}

function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
