import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import type { TreeActions } from './actions';
import type { TreeList } from './list';
import type { TreeModel } from './model';
import { isIn, outermost, parentOf } from './paths';

/** What JupyterLab's own file browser and dock understand. */
const CONTENTS_MIME = 'application/x-jupyter-icontents';
const FACTORY_MIME = 'application/vnd.lumino.widget-factory';
const THRESHOLD = 5;
/** How long something is held over a closed folder until that opens, in milliseconds. */
const SPRING_MS = 800;
const OVER = 'neoai-mod-dropTarget';

/** Drag and drop: within the tree, to the dock, and files from the person's own computer. */
export class TreeDrag {
  constructor(
    private readonly _list: TreeList,
    private readonly _model: TreeModel,
    private readonly _actions: TreeActions
  ) {
    const { node } = _list;
    const on = <E extends Event>(type: string, handle: (event: E) => void) =>
      node.addEventListener(type, handle as (event: Event) => void);
    on<PointerEvent>('pointerdown', event => this._press(event));
    on<Drag.Event>('lm-dragenter', event => accept(event));
    on<Drag.Event>('lm-dragover', event => this._over(event));
    on<Drag.Event>('lm-dragleave', event => {
      accept(event);
      this._mark(null);
    });
    on<Drag.Event>('lm-drop', event => void this._drop(event));
    on<DragEvent>('dragover', event => this._overWithFiles(event));
    on<DragEvent>('dragleave', event => {
      if (!node.contains(event.relatedTarget as Node | null)) {
        this._mark(null);
      }
    });
    on<DragEvent>('drop', event => this._dropFiles(event));
  }

  private _press(event: PointerEvent): void {
    const path = rowOf(event)?.dataset.path;
    const isName = event.target instanceof HTMLInputElement;
    if (event.button !== 0 || path === undefined || isName) {
      return;
    }
    const { clientX, clientY } = event;
    const move = (now: PointerEvent) => {
      const far = Math.max(
        Math.abs(now.clientX - clientX),
        Math.abs(now.clientY - clientY)
      );
      if (far >= THRESHOLD) {
        end();
        void this._start(path, now);
      }
    };
    const end = () => {
      document.removeEventListener('pointermove', move, true);
      document.removeEventListener('pointerup', end, true);
    };
    document.addEventListener('pointermove', move, true);
    document.addEventListener('pointerup', end, true);
  }

  private async _start(path: string, event: PointerEvent): Promise<void> {
    const { selection } = this._model;
    if (!selection.has(path)) {
      selection.only(path);
      this._model.touch();
    }
    this._dragged = outermost(selection.paths);
    const { documents } = this._actions.changes;
    const data = new MimeData();
    data.setData(
      CONTENTS_MIME,
      this._dragged.map(p => documents.served(p))
    );
    const files = this._model.selected.filter(({ isFolder }) => !isFolder);
    if (files.length) {
      data.setData(FACTORY_MIME, () => {
        files.slice(1).forEach(({ path: other }) => documents.open(other));
        return documents.widgetFor(files[0].path);
      });
    }
    const image = document.createElement('div');
    image.className = 'neoai-TreeDrag';
    image.textContent =
      this._dragged.length === 1
        ? (this._model.node(path)?.name ?? path)
        : String(this._dragged.length);
    const drag = new Drag({
      dragImage: image,
      mimeData: data,
      supportedActions: 'copy-move',
      proposedAction: 'move',
      source: this
    });
    // A click follows the drag's end, where the pointer is: it is not one of the person's.
    const swallow = (click: Event) => click.stopPropagation();
    document.addEventListener('click', swallow, true);
    await drag.start(event.clientX, event.clientY);
    setTimeout(() => document.removeEventListener('click', swallow, true));
    drag.dispose();
    this._dragged = [];
    this._mark(null);
  }

  private _over(event: Drag.Event): void {
    accept(event);
    const folder = this._folderAt(event);
    const isPossible =
      event.source === this &&
      this._dragged.some(path => parentOf(path) !== folder) &&
      !this._dragged.some(path => folder !== '' && isIn(folder, path));
    const isCopy = event.ctrlKey || event.altKey;
    event.dropAction = isPossible ? (isCopy ? 'copy' : 'move') : 'none';
    this._mark(isPossible ? folder : null);
  }

  private async _drop(event: Drag.Event): Promise<void> {
    accept(event);
    const folder = this._folderAt(event);
    this._mark(null);
    if (event.source !== this || event.proposedAction === 'none') {
      event.dropAction = 'none';
      return;
    }
    const how = event.ctrlKey || event.altKey ? 'copy' : 'move';
    const nodes = this._dragged.flatMap(path => this._model.node(path) ?? []);
    event.dropAction = how;
    await this._actions.transfer(how, nodes, folder);
  }

  private _overWithFiles(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files')) {
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      this._mark(this._folderAt(event));
    }
  }

  private _dropFiles(event: DragEvent): void {
    this._mark(null);
    if (event.dataTransfer?.types.includes('Files')) {
      event.preventDefault();
      event.stopPropagation();
      const folder = this._folderAt(event);
      void this._actions.uploads.drop(event.dataTransfer, folder);
    }
  }

  /** The folder under the pointer, or that of the file under it. */
  private _folderAt(event: Event): string {
    const path = rowOf(event)?.dataset.path;
    if (path === undefined) {
      return '';
    }
    return this._model.node(path)?.isFolder ? path : parentOf(path);
  }

  /** Show where it would go; a closed folder opens when something is held over it. */
  private _mark(folder: string | null): void {
    if (folder === this._marked) {
      return;
    }
    this._marked = folder;
    clearTimeout(this._spring);
    this._list.node.classList.toggle(OVER, folder === '');
    for (const row of this._list.node.querySelectorAll(`[data-path]`)) {
      const isIt = (row as HTMLElement).dataset.path === folder;
      row.classList.toggle(OVER, isIt);
    }
    if (folder && !this._model.isExpanded(folder)) {
      this._spring = setTimeout(
        () => void this._model.expand(folder),
        SPRING_MS
      );
    }
  }

  private _dragged: string[] = [];
  private _marked: string | null = null;
  private _spring: ReturnType<typeof setTimeout> | undefined;
}

function rowOf(event: Event): HTMLElement | null {
  return (event.target as Element).closest<HTMLElement>('[data-path]');
}

function accept(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}
