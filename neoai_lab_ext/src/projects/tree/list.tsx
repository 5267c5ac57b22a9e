import { VDomRenderer } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import {
  type JSX,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import { AwaitedFocus } from '../../focus';
import { explain } from '../errors';
import { TreeKeys } from './keys';
import type { TreeModel } from './model';
import { NameInput, type INaming } from './nameinput';
import { type IconOf, TreeRow } from './row';
import type { Row } from './rows';

/** In pixels; the style sheet says the same. */
export const ROW_HEIGHT = 24;
const BEYOND = 8;

interface ITreeListOptions {
  trans: TranslationBundle;
  iconOf: IconOf;
  naming: INaming;
  open: () => void;
  peek: () => void;
}

/** The rows of the tree. Only those in sight are in the page. */
export class TreeList extends VDomRenderer<TreeModel> {
  constructor(
    model: TreeModel,
    private readonly _options: ITreeListOptions
  ) {
    super(model);
    this.addClass('neoai-TreeList');
    this._keys = new TreeKeys(model, _options.open, () =>
      Math.max(1, Math.floor(this.node.clientHeight / ROW_HEIGHT) - 1)
    );
  }

  /** Put the keyboard in the tree. */
  focusTree(): void {
    const { model } = this;
    const { selection } = model;
    const first = model.rows.find(row => row.type === 'node');
    if (selection.cursor === null && first?.type === 'node') {
      selection.focus(first.node.path);
      model.touch();
    }
    this._focus.take();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusTree();
  }

  protected override render(): JSX.Element {
    return (
      <Rows
        model={this.model}
        options={this._options}
        keys={this._keys}
        version={++this._version}
        whenDrawn={() => this._focus.drawn()}
      />
    );
  }

  private readonly _focus = new AwaitedFocus(() => {
    const tree = this.node.querySelector<HTMLElement>('[role="tree"]');
    tree?.focus();
    return tree !== null;
  });
  private readonly _keys: TreeKeys;
  private _version = 0;
}

interface IRowsProps {
  model: TreeModel;
  options: ITreeListOptions;
  keys: TreeKeys;
  version: number;
  /** Called once, when there is a tree. */
  whenDrawn: () => void;
}

function Rows({ model, options, keys, whenDrawn }: IRowsProps): JSX.Element {
  const { trans } = options;
  const { rows, selection, editing } = model;
  const tree = useRef<HTMLDivElement>(null);
  const [first, last] = useWindow(tree, rows.length);
  const cursor = model.indexOf(selection.cursor);
  const shown = editingRow(model, cursor);
  useLayoutEffect(() => {
    if (tree.current && shown >= 0) {
      bringInSight(tree.current, shown);
    }
    // Where somebody has scrolled to is left alone until the keyboard moves on.
  }, [selection.cursor, editing, shown >= 0]);
  useFocusBack(tree, editing !== null);
  useLayoutEffect(whenDrawn, []);
  const inSight = rows.slice(first, last);
  const isShown = cursor >= first && cursor < last;
  return (
    <div
      ref={tree}
      role="tree"
      className="neoai-TreeList-scroll"
      tabIndex={0}
      aria-label={trans.__('Files of %1', model.project?.name ?? '')}
      aria-multiselectable="true"
      aria-activedescendant={isShown ? rowId(cursor) : undefined}
      onKeyDown={event => keys.handle(event)}
    >
      <div
        role="presentation"
        className="neoai-TreeList-all"
        style={{ height: rows.length * ROW_HEIGHT }}
      >
        <div
          role="presentation"
          style={{ transform: `translateY(${first * ROW_HEIGHT}px)` }}
        >
          {inSight.map((row, offset) =>
            drawn(row, first + offset, model, options)
          )}
        </div>
      </div>
    </div>
  );
}

function drawn(
  row: Row,
  index: number,
  model: TreeModel,
  { trans, iconOf, naming, open, peek }: ITreeListOptions
): JSX.Element {
  const indent = { paddingLeft: 4 + (row.level - 1) * 12 };
  if (row.type === 'node') {
    const { path } = row.node;
    const isEdited =
      model.editing?.kind === 'rename' && model.editing.path === path;
    return (
      <TreeRow
        key={path}
        id={rowId(index)}
        row={row}
        model={model}
        iconOf={iconOf}
        open={open}
        peek={peek}
        isExpanded={row.node.isFolder && model.isExpanded(path)}
        isSelected={model.selection.has(path)}
        isCursor={model.selection.cursor === path}
        isCut={model.cut.has(path)}
        editor={
          isEdited ? (
            <NameInput model={model} naming={naming} trans={trans} />
          ) : null
        }
      />
    );
  }
  if (row.type === 'new') {
    return (
      <div key="new" className="neoai-TreeRow neoai-mod-editing" style={indent}>
        <span className="neoai-TreeRow-caret" />
        <NameInput model={model} naming={naming} trans={trans} />
      </div>
    );
  }
  return (
    <div
      key={`${row.path}\n${row.type}`}
      role="treeitem"
      aria-level={row.level}
      aria-disabled="true"
      aria-selected="false"
      className={`neoai-TreeRow neoai-mod-${row.type}`}
      style={indent}
    >
      <span className="neoai-TreeRow-caret" />
      {row.type === 'loading' && trans.__('Loading…')}
      {row.type === 'empty' && trans.__('This folder is empty.')}
      {row.type === 'failed' && (
        <>
          <span
            className="neoai-TreeRow-name"
            title={explain(row.error, trans)}
          >
            {explain(row.error, trans)}
          </span>
          <button
            className="neoai-Link"
            onClick={() => void model.load(row.path)}
          >
            {trans.__('Try Again')}
          </button>
        </>
      )}
    </div>
  );
}

function rowId(index: number): string {
  return `neoai-tree-row-${index}`;
}

/** The row to bring in sight: the one whose name is written, else that of the keyboard. */
function editingRow(model: TreeModel, cursor: number): number {
  const { editing, rows } = model;
  if (!editing) {
    return cursor;
  }
  return editing.kind === 'rename'
    ? model.indexOf(editing.path)
    : rows.findIndex(row => row.type === 'new');
}

function bringInSight(tree: HTMLElement, index: number): void {
  const top = index * ROW_HEIGHT;
  if (top < tree.scrollTop) {
    tree.scrollTop = top;
  } else if (top + ROW_HEIGHT > tree.scrollTop + tree.clientHeight) {
    tree.scrollTop = top + ROW_HEIGHT - tree.clientHeight;
  }
}

/** The first row that is drawn and the one after the last. */
function useWindow(
  tree: RefObject<HTMLDivElement>,
  count: number
): [number, number] {
  const [at, setAt] = useState({ top: 0, height: 600 });
  const measure = useCallback(() => {
    const node = tree.current;
    if (node) {
      const top = Math.floor(node.scrollTop / ROW_HEIGHT);
      const height = node.clientHeight;
      setAt(old =>
        old.top === top && old.height === height ? old : { top, height }
      );
    }
  }, []);
  useEffect(() => {
    const node = tree.current!;
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    node.addEventListener('scroll', measure, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', measure);
    };
  }, []);
  const first = Math.max(0, Math.min(at.top, count - 1) - BEYOND);
  const inSight = Math.ceil(at.height / ROW_HEIGHT) + 1;
  return [first, Math.min(count, first + inSight + 2 * BEYOND)];
}

/** When a name was written, the input that had the keyboard goes: the tree takes it up. */
function useFocusBack(
  tree: RefObject<HTMLDivElement>,
  isEditing: boolean
): void {
  const was = useRef(false);
  useLayoutEffect(() => {
    if (was.current && !isEditing && document.activeElement === document.body) {
      tree.current?.focus();
    }
    was.current = isEditing;
  }, [isEditing]);
}
