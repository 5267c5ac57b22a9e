import {
  caretDownIcon,
  caretRightIcon,
  LabIcon
} from '@jupyterlab/ui-components';
import type { JSX, MouseEvent } from 'react';

import { isShortcut } from '../../focus';
import type { TreeModel } from './model';
import type { INodeRow } from './rows';
import type { INode } from './tokens';

/** The icon of an entry's kind. */
export type IconOf = (node: INode) => LabIcon;

interface ITreeRowProps {
  id: string;
  row: INodeRow;
  model: TreeModel;
  iconOf: IconOf;
  /** Open what is selected, the keyboard in it. */
  open: () => void;
  /** The same, the keyboard here. */
  peek: () => void;
  isExpanded: boolean;
  isSelected: boolean;
  isCursor: boolean;
  isCut: boolean;
  editor: JSX.Element | null;
}

/** One file or folder: a click shows it, two go into it; with Shift or Ctrl it is selected. */
export function TreeRow(props: ITreeRowProps): JSX.Element {
  const { id, row, model, iconOf, isExpanded, isSelected, editor } = props;
  const { node, level } = row;
  const Caret = isExpanded ? caretDownIcon : caretRightIcon;
  const Icon = iconOf(node);
  return (
    <div
      id={id}
      role="treeitem"
      className={classesOf(props)}
      style={{ paddingLeft: 4 + (level - 1) * 12 }}
      data-path={node.path}
      aria-level={level}
      aria-posinset={row.index + 1}
      aria-setsize={row.count}
      aria-selected={isSelected}
      aria-expanded={node.isFolder ? isExpanded : undefined}
      aria-label={node.name}
      title={node.path}
      onClick={event => !editor && click(event, props)}
      onDoubleClick={event => !editor && doubleClick(event, props)}
      onContextMenu={() => select(model, node.path)}
    >
      <span className="neoai-TreeRow-caret" aria-hidden="true">
        {node.isFolder && <Caret.react tag="span" />}
      </span>
      <Icon.react
        tag="span"
        className="neoai-TreeRow-icon"
        aria-hidden="true"
      />
      {editor ?? <span className="neoai-TreeRow-name">{node.name}</span>}
    </div>
  );
}

function classesOf({
  row: { node },
  isCursor,
  isCut,
  editor
}: ITreeRowProps): string {
  const classes = ['neoai-TreeRow'];
  const mark = (name: string, isSo: boolean) =>
    isSo && classes.push(`neoai-mod-${name}`);
  mark('file', !node.isFolder);
  mark('ignored', node.ignored);
  mark('link', node.isLink);
  mark('cursor', isCursor);
  mark('cut', isCut);
  mark('editing', editor !== null);
  return classes.join(' ');
}

/** What a right click is on is meant, unless it is among those that are selected. */
function select(model: TreeModel, path: string): void {
  if (model.selection.has(path)) {
    model.selection.focus(path);
  } else {
    model.selection.only(path);
  }
  model.touch();
}

function click(
  event: MouseEvent,
  { row: { node }, model, peek, isExpanded }: ITreeRowProps
): void {
  const { selection } = model;
  if (event.shiftKey) {
    selection.extendTo(node.path);
    model.touch();
    return;
  }
  if (event.ctrlKey || event.metaKey) {
    selection.toggle(node.path);
    model.touch();
    return;
  }
  selection.only(node.path);
  model.touch();
  if (!node.isFolder) {
    peek();
  } else if (isExpanded) {
    model.collapse(node.path);
  } else {
    void model.expand(node.path);
  }
}

function doubleClick(
  event: MouseEvent,
  { row: { node }, open }: ITreeRowProps
): void {
  if (!node.isFolder && !event.shiftKey && !isShortcut(event)) {
    open();
  }
}
