import type { IStateDB } from '@jupyterlab/statedb';

const KEY = 'neoai-instructions';
const MOST = 50;

/** What one has asked for before, the latest last; kept with the workspace. */
export class Instructions {
  constructor(private readonly _state: IStateDB | null) {
    void _state
      ?.fetch(KEY)
      .then(found => {
        const kept = Array.isArray(found) ? found.map(String) : [];
        this._items = [...kept, ...this._items];
      })
      .catch(() => undefined);
  }

  get items(): readonly string[] {
    return this._items;
  }

  add(instruction: string): void {
    this._items = [
      ...this._items.filter(other => other !== instruction),
      instruction
    ].slice(-MOST);
    void this._state?.save(KEY, this._items);
  }

  private _items: string[] = [];
}
