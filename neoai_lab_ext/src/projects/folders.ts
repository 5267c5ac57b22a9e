/** Paths of folders, all relative to the server's root; the root itself is empty. */

interface IFolder {
  readonly path: string;
}

/** The deepest of `folders` that is `path` or around it. */
export function deepest<T extends IFolder>(
  folders: readonly T[],
  path: string
): T | null {
  let found: T | null = null;
  for (const folder of folders) {
    if (
      isWithin(path, folder.path) &&
      (!found || folder.path.length > found.path.length)
    ) {
      found = folder;
    }
  }
  return found;
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** A path without the slashes and dots around it that people write. */
export function normalized(path: string): string {
  return path
    .trim()
    .replace(/^(\.?\/)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
}

/** `name` below `parent`. */
export function joined(parent: string, name: string): string {
  const folder = normalized(parent);
  return folder && name ? `${folder}/${name}` : name;
}

/** A folder's name out of a project's, which may be anything. */
export function folderOf(name: string): string {
  return [...name.normalize('NFC')]
    .map(character =>
      character < ' ' || '/\\:*?"<>|\x7f'.includes(character) ? '-' : character
    )
    .join('')
    .replace(/-+/g, '-')
    .replace(/^[\s.-]+|[\s.-]+$/g, '');
}

/** The folder that `git clone` would make for an address. */
export function folderOfAddress(address: string): string {
  const path = address
    .trim()
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replace(/\/?\.git$/, '');
  return folderOf(path.split(/[/:]/).pop() ?? '');
}
