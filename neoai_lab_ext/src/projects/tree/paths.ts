/** Paths of entries, relative to a project's folder, which is ''. */

export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function within(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name;
}

/** Whether `path` is `folder` or lies in it. */
export function isIn(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}

/** The folders around a path, the outermost first, the project's own left out. */
export function ancestorsOf(path: string): string[] {
  const found: string[] = [];
  for (let folder = parentOf(path); folder; folder = parentOf(folder)) {
    found.unshift(folder);
  }
  return found;
}

/** Those of `paths` that lie in none of the others. */
export function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths);
  return [...all].filter(
    path => !ancestorsOf(path).some(folder => all.has(folder))
  );
}

/** The nth other name beside `name`: `a.py` gives `a (2).py`, `a (3).py`… */
export function otherName(name: string, n: number, isFolder: boolean): string {
  const dot = isFolder ? -1 : name.lastIndexOf('.');
  const at = dot > 0 ? dot : name.length;
  const stem = name.slice(0, at).replace(/ \(\d+\)$/, '');
  return `${stem} (${n + 1})${name.slice(at)}`;
}

/** How much of a name to select when it is to be written anew: not its ending. */
export function stemLength(name: string, isFolder: boolean): number {
  const dot = isFolder ? -1 : name.lastIndexOf('.');
  return dot > 0 ? dot : name.length;
}

/** Whether two different names are one on a disk that does not tell upper from lower case. */
export function differInCase(a: string, b: string): boolean {
  return a !== b && folded(a) === folded(b);
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A pattern, as git reads them, for the names with `text` in them, in upper or lower case. */
export function globFor(text: string): string {
  const components = text.split('/').filter(Boolean);
  const globs = components.map(component => `*${anyCase(component)}*`);
  return globs.length > 1 ? `**/${globs.join('/')}` : (globs[0] ?? '*');
}

/** A pattern for a name in upper or lower case. */
export function anyCase(name: string): string {
  return [...name]
    .map(letter => {
      const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
      if (lower !== upper && lower.length === 1 && upper.length === 1) {
        return `[${lower}${upper}]`;
      }
      return '*?[]\\!'.includes(letter) ? `\\${letter}` : letter;
    })
    .join('');
}
