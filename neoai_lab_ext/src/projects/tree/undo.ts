/** One thing that can be taken back. */
export interface IUndoable {
  readonly label: string;
  readonly undo: () => Promise<void>;
}

/** What was done lately, the last on top. Another project has another. */
export class UndoStack {
  get last(): IUndoable | null {
    return this._done[this._done.length - 1] ?? null;
  }

  push(done: IUndoable): void {
    this._done.push(done);
    this._done.splice(0, Math.max(0, this._done.length - LIMIT));
  }

  /** Take back the last, or this one if it has not been taken back yet. */
  async undo(wanted: IUndoable | null = this.last): Promise<void> {
    const at = wanted ? this._done.indexOf(wanted) : -1;
    if (at >= 0) {
      this._done.splice(at, 1);
      await wanted!.undo();
    }
  }

  clear(): void {
    this._done = [];
  }

  private _done: IUndoable[] = [];
}

const LIMIT = 50;
