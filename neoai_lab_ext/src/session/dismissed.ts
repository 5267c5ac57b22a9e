/** Where the hub's own pages keep what was dismissed in this browser, too. */
const KEY = 'neoai-dismissed';
const MOST = 100;

/** The announcements that were dismissed in this browser. */
export class Dismissed {
  constructor(
    private readonly _storage: () => Pick<Storage, 'getItem' | 'setItem'>
  ) {}

  /** Whether this one was. */
  has(id: string): boolean {
    return this._ids().includes(id);
  }

  /** It was; the oldest of many are forgotten. */
  add(id: string): void {
    try {
      const ids = [...this._ids(), id].slice(-MOST);
      this._storage().setItem(KEY, JSON.stringify(ids));
    } catch {
      // it comes back with the next page
    }
  }

  private _ids(): string[] {
    try {
      const kept: unknown = JSON.parse(this._storage().getItem(KEY) ?? '[]');
      return Array.isArray(kept) ? kept.map(String) : [];
    } catch {
      return []; // no storage, or nothing of ours in it: all are shown
    }
  }
}
