import { type IChange, type IOffer, moved } from './offers';

/** What is edited while an answer is awaited, which is of the texts as they were asked about. */
export class Since {
  note(path: string, changes: readonly IChange[]): void {
    this._edits.push({ path, changes });
  }

  /** Whether one of these texts is another one now. */
  concerns(texts: Iterable<{ readonly path: string }>): boolean {
    const edited = new Set(this._edits.map(({ path }) => path));
    return [...texts].some(({ path }) => edited.has(path));
  }

  /** The places where they are now; without those that were edited themselves. */
  moved(offers: readonly IOffer[]): IOffer[] {
    return offers.flatMap(offer => {
      const range = this._edits.reduce<IOffer['range'] | null>(
        (at, { path, changes }) =>
          at && path === offer.path ? moved(at, changes) : at,
        offer.range
      );
      return range ? [{ ...offer, range }] : [];
    });
  }

  private readonly _edits: { path: string; changes: readonly IChange[] }[] = [];
}
