import type { YFile } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import type {
  editor,
  IDisposable as IMonacoDisposable,
  Selection
} from 'monaco-editor/editor';

import type { TextBinding } from './binding';
import { fromRelative, type IRelativeSelection, toRelative } from './positions';

interface IStackEvent {
  stackItem: { meta: Map<unknown, unknown> };
  changedParentTypes: Map<unknown, unknown>;
}

/**
 * Undo and redo of the shared document in place of Monaco's own: one history for every view of a
 * file, in which nobody takes back what somebody else typed. It puts the cursors back as well.
 */
export class SharedUndo implements IDisposable {
  constructor(
    private readonly _shared: YFile,
    private readonly _binding: TextBinding,
    private readonly _editor: editor.IStandaloneCodeEditor
  ) {
    const manager = _shared.undoManager;
    manager.addTrackedOrigin(_binding);
    manager.on('stack-item-added', this._onAdded);
    manager.on('stack-item-popped', this._onPopped);
    this._remember();
    this._listener = _editor.onDidChangeCursorSelection(() => this._remember());
    // Every command of Monaco's that undoes (keys, palette, touch bar) ends in these four.
    Object.assign(_binding.model, {
      undo: () => void this.undo(),
      redo: () => void this.redo(),
      canUndo: () => _shared.canUndo(),
      canRedo: () => _shared.canRedo()
    });
  }

  undo(): boolean {
    return this._shared.undo();
  }

  redo(): boolean {
    return this._shared.redo();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._listener.dispose();
    const manager = this._shared.undoManager;
    manager.off('stack-item-added', this._onAdded);
    manager.off('stack-item-popped', this._onPopped);
    manager.removeTrackedOrigin(this._binding);
  }

  private _remember(): void {
    const model = this._binding.model;
    this._before = (this._editor.getSelections() ?? []).map(selection =>
      toRelative(this._binding.ytext, model, selection)
    );
  }

  private readonly _onAdded = ({
    stackItem,
    changedParentTypes
  }: IStackEvent): void => {
    if (
      changedParentTypes.has(this._binding.ytext) &&
      !stackItem.meta.has(this)
    ) {
      stackItem.meta.set(this, this._before);
    }
  };

  private readonly _onPopped = ({ stackItem }: IStackEvent): void => {
    const stored = stackItem.meta.get(this) as IRelativeSelection[] | undefined;
    const { model, ytext } = this._binding;
    const selections = (stored ?? [])
      .map(selection => fromRelative(ytext, model, selection))
      .filter(selection => selection !== null);
    if (selections.length > 0) {
      this._editor.setSelections(selections as unknown as Selection[]);
      this._editor.revealRangeInCenterIfOutsideViewport(selections[0].range);
    }
  };

  private _before: IRelativeSelection[] = [];
  private _isDisposed = false;
  private readonly _listener: IMonacoDisposable;
}
