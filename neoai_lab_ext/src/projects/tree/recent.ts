import type { IStateDB } from '@jupyterlab/statedb';

const KEY = 'neoai-tree:state';
const MANY = 20;
const FOLDERS = 200;

interface IState {
  /** Ids of projects, the one that was open last before the others. */
  readonly recent: readonly string[];
  /** The open folders of projects, by their ids. */
  readonly expanded: Readonly<Record<string, readonly string[]>>;
}

/** Which projects were open lately, and which of their folders; kept with the layout. */
export class Recent {
  constructor(private readonly _state: IStateDB | null) {}

  get ids(): readonly string[] {
    return this._value.recent;
  }

  expandedOf(id: string): readonly string[] {
    return this._value.expanded[id] ?? [];
  }

  async load(): Promise<void> {
    const found = (await this._state?.fetch(KEY)) as
      Partial<IState> | undefined;
    const { recent, expanded } = found ?? {};
    this._value = {
      recent: Array.isArray(recent) ? recent : [],
      expanded: expanded ?? {}
    };
  }

  /** A project was opened. */
  opened(id: string): void {
    const others = this._value.recent.filter(other => other !== id);
    this._save({ ...this._value, recent: [id, ...others].slice(0, MANY) });
  }

  expanded(id: string, folders: readonly string[]): void {
    const known = this._value.expanded[id] ?? [];
    if (known.join('\n') === folders.join('\n')) {
      return;
    }
    const all = Object.entries({
      ...this._value.expanded,
      [id]: folders.slice(0, FOLDERS)
    });
    const kept = all.filter(([other]) => this._value.recent.includes(other));
    this._save({ ...this._value, expanded: Object.fromEntries(kept) });
  }

  private _save(value: IState): void {
    this._value = value;
    void this._state?.save(KEY, {
      recent: [...value.recent],
      expanded: Object.fromEntries(
        Object.entries(value.expanded).map(([id, paths]) => [id, [...paths]])
      )
    });
  }

  private _value: IState = { recent: [], expanded: {} };
}
