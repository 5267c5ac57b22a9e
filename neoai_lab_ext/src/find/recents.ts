const KEPT = 50;

/** The files that were in front lately, the latest first, by paths from the server's root. */
export class RecentFiles {
  /** `address`: the server's, since several may be visited from one browser. */
  constructor(address: string) {
    this._key = `neoai-find:recent:${address}`;
    try {
      const known: unknown = JSON.parse(
        window.localStorage.getItem(this._key) ?? '[]'
      );
      if (Array.isArray(known)) {
        this._paths = known.filter(path => typeof path === 'string');
      }
    } catch {
      // A browser that keeps nothing: the list begins anew with each page.
    }
  }

  add(path: string): void {
    if (this._paths[0] === path) {
      return;
    }
    this._paths = [path, ...this._paths.filter(known => known !== path)].slice(
      0,
      KEPT
    );
    try {
      window.localStorage.setItem(this._key, JSON.stringify(this._paths));
    } catch {
      // As above.
    }
  }

  /** Those below a project's folder, relative to it, without the one that is in front. */
  below(folder: string, front: string | null): string[] {
    const prefix = folder ? `${folder}/` : '';
    return this._paths
      .filter(path => path.startsWith(prefix) && path !== front)
      .map(path => path.slice(prefix.length));
  }

  private readonly _key: string;
  private _paths: string[] = [];
}
