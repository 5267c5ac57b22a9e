import type { IEditing } from './model';
import { ancestorsOf, nameOf, parentOf } from './paths';
import { sorted } from './nodes';
import type { INode } from './tokens';

/** A folder as far as it was listed. */
export interface IFolder {
  readonly children: readonly INode[];
  readonly isLoading: boolean;
  readonly error: unknown;
  /** How it was when it was listed; null while that is not known. */
  readonly stamp: string | null;
}

/** An entry, at a level (1 for the project's own), the nth of those beside it. */
export interface INodeRow {
  readonly type: 'node';
  readonly node: INode;
  readonly level: number;
  readonly index: number;
  readonly count: number;
}

/** A name that is being written for a new entry. */
export interface INewRow {
  readonly type: 'new';
  readonly level: number;
  readonly isFolder: boolean;
}

/** What is to be said of a folder. */
export interface ITellingRow {
  readonly type: 'loading' | 'failed' | 'empty';
  readonly level: number;
  readonly path: string;
  readonly error: unknown;
}

export type Row = INodeRow | INewRow | ITellingRow;

/** The rows of the folders that are open. */
export function folderRows(
  folders: ReadonlyMap<string, IFolder>,
  expanded: ReadonlySet<string>,
  editing: IEditing | null
): Row[] {
  const rows: Row[] = [];
  const add = (path: string, level: number) => {
    const folder = folders.get(path);
    const isNew = editing?.path === path && editing.kind !== 'rename';
    if (isNew) {
      rows.push({ type: 'new', level, isFolder: editing.kind === 'folder' });
    }
    if (!folder) {
      return;
    }
    const { children, isLoading, error } = folder;
    const count = children.length;
    for (let index = 0; index < count; index++) {
      const node = children[index];
      rows.push({ type: 'node', node, level, index, count });
      if (node.isFolder && expanded.has(node.path)) {
        add(node.path, level + 1);
      }
    }
    if (isLoading || error || (count === 0 && !isNew)) {
      const type = isLoading ? 'loading' : error ? 'failed' : 'empty';
      rows.push({ type, level, path, error });
    }
  };
  add('', 1);
  return rows;
}

/** The rows of what a search found, with the folders around it. */
export function foundRows(
  found: readonly INode[],
  folded: ReadonlySet<string>
): Row[] {
  const all = new Map<string, INode>();
  for (const node of found) {
    for (const path of ancestorsOf(node.path)) {
      if (!all.has(path)) {
        all.set(path, folderNode(path));
      }
    }
    all.set(node.path, node);
  }
  const inside = new Map<string, INode[]>();
  for (const node of all.values()) {
    const parent = parentOf(node.path);
    inside.set(parent, [...(inside.get(parent) ?? []), node]);
  }
  const rows: Row[] = [];
  const add = (path: string, level: number) => {
    const nodes = sorted(inside.get(path) ?? []);
    nodes.forEach((node, index) => {
      rows.push({ type: 'node', node, level, index, count: nodes.length });
      if (inside.has(node.path) && !folded.has(node.path)) {
        add(node.path, level + 1);
      }
    });
  };
  add('', 1);
  return rows;
}

function folderNode(path: string): INode {
  return {
    path,
    name: nameOf(path),
    isFolder: true,
    isLink: false,
    ignored: false,
    isUsable: true
  };
}
