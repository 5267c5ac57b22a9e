import { nameOf } from './paths';
import type { INode, Item } from './tokens';

const collator = new Intl.Collator(undefined, {
  numeric: true,
  sensitivity: 'base'
});

export function nodeOf(item: Item): INode {
  const leads = item.kind === 'symlink' ? item.target : item.kind;
  return {
    path: item.path,
    name: nameOf(item.path),
    isFolder: leads === 'directory',
    isLink: item.kind === 'symlink',
    ignored: item.ignored ?? false,
    isUsable: !item.path_encoded && (leads === 'directory' || leads === 'file')
  };
}

/** Folders first, then by name as people count: `a2` before `a10`. */
export function sorted(nodes: INode[]): INode[] {
  return nodes.sort(
    (a, b) =>
      Number(b.isFolder) - Number(a.isFolder) ||
      collator.compare(a.name, b.name) ||
      (a.name < b.name ? -1 : 1)
  );
}
