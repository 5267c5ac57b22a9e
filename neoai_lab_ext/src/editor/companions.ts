/** What works in Monaco and is fetched along with it, so that it is there before the first key. */
export class Companions {
  /** Fetch with the first editor, or now where there is one. */
  add(load: () => Promise<unknown>): void {
    this._waiting.push(load);
    if (this._isWanted) {
      void this.fetch();
    }
  }

  /** Resolves when all are there; one that cannot be fetched is tried again with the next editor. */
  async fetch(): Promise<void> {
    this._isWanted = true;
    const waiting = this._waiting.splice(0);
    await Promise.all(
      waiting.map(async load => {
        try {
          await load();
        } catch (error) {
          console.error('NeoAI could not load a part of its editor.', error);
          this._waiting.push(load);
        }
      })
    );
  }

  private _isWanted = false;
  private readonly _waiting: (() => Promise<unknown>)[] = [];
}
