import { sorted } from '../nodes';
import {
  ancestorsOf,
  differInCase,
  globFor,
  isIn,
  otherName,
  outermost,
  stemLength
} from '../paths';
import { folderRows, foundRows, type IFolder } from '../rows';
import { Selection } from '../selection';
import type { INode } from '../tokens';
import { UndoStack } from '../undo';

function node(path: string, isFolder = false): INode {
  const name = path.split('/').pop()!;
  return {
    path,
    name,
    isFolder,
    isLink: false,
    ignored: false,
    isUsable: true
  };
}

const folder = (...children: INode[]): IFolder => ({
  children,
  isLoading: false,
  error: null,
  stamp: 's'
});

describe('paths', () => {
  it('finds what is around and what is outermost', () => {
    expect(ancestorsOf('a/b/c')).toEqual(['a', 'a/b']);
    expect(outermost(['a/b', 'a', 'ab', 'a/c/d'])).toEqual(['a', 'ab']);
    expect(isIn('ab', 'a')).toBe(false);
    expect(isIn('a/b', '')).toBe(true);
  });

  it('finds other names that keep the ending', () => {
    expect(otherName('a.py', 1, false)).toBe('a (2).py');
    expect(otherName('a (2).py', 2, false)).toBe('a (3).py');
    expect(otherName('v1.2', 1, true)).toBe('v1.2 (2)');
    expect(otherName('.gitignore', 1, false)).toBe('.gitignore (2)');
    expect(stemLength('.gitignore', false)).toBe('.gitignore'.length);
  });

  it('tells names that are one where case does not count', () => {
    expect(differInCase('Readme', 'README')).toBe(true);
    expect(differInCase('a', 'a')).toBe(false);
    expect(differInCase('e\u0301', '\u00e9')).toBe(true);
  });

  it('makes patterns for a search in upper and lower case', () => {
    expect(globFor('aB')).toBe('*[aA][bB]*');
    expect(globFor('a*1')).toBe('*[aA]\\*1*');
    expect(globFor('src/x')).toBe('**/*[sS][rR][cC]*/*[xX]*');
  });
});

describe('rows', () => {
  it('puts folders first and counts as people do', () => {
    const names = sorted([node('a10'), node('a2'), node('Z', true), node('B')]);
    expect(names.map(({ name }) => name)).toEqual(['Z', 'a2', 'a10', 'B']);
  });

  it('lists the folders that are open, and a new name at the top of its folder', () => {
    const folders = new Map([
      ['', folder(node('a', true), node('z'))],
      ['a', folder()]
    ]);
    const types = (editing: Parameters<typeof folderRows>[2]) =>
      folderRows(folders, new Set(['a']), editing).map(
        row => `${row.type}${row.level}`
      );
    expect(types(null)).toEqual(['node1', 'empty2', 'node1']);
    expect(types({ kind: 'file', path: 'a', error: '' })).toEqual([
      'node1',
      'new2',
      'node1'
    ]);
  });

  it('shows what was found with the folders around it, once each', () => {
    const found = [node('a/b/x'), node('a/y'), node('a/b', true)];
    const rows = foundRows(found, new Set());
    expect(rows.map(row => row.type === 'node' && row.node.path)).toEqual([
      'a',
      'a/b',
      'a/b/x',
      'a/y'
    ]);
    expect(foundRows(found, new Set(['a/b'])).length).toBe(3);
  });
});

describe('the selection', () => {
  const rows = folderRows(
    new Map([['', folder(node('a'), node('b'), node('c'), node('d'))]]),
    new Set(),
    null
  );

  it('extends from where it began, both ways', () => {
    const selection = new Selection(() => rows);
    selection.only('b');
    selection.extendTo('d');
    expect(selection.paths).toEqual(['b', 'c', 'd']);
    selection.extendTo('a');
    expect(selection.paths).toEqual(['a', 'b']);
    expect(selection.cursor).toBe('a');
  });

  it('forgets what is gone and follows what is renamed', () => {
    const selection = new Selection(() => rows);
    selection.set(['a', 'b']);
    selection.follow(path => (path === 'b' ? 'x' : path));
    expect([selection.paths, selection.cursor]).toEqual([['a', 'x'], 'x']);
    selection.drop(path => path === 'x');
    expect([selection.paths, selection.cursor]).toEqual([['a'], null]);
  });
});

describe('undo', () => {
  it('takes back the last, or a certain one, and each once', async () => {
    const stack = new UndoStack();
    const done: string[] = [];
    const entry = (label: string) => ({
      label,
      undo: async () => void done.push(label)
    });
    const first = entry('first');
    stack.push(first);
    stack.push(entry('second'));
    await stack.undo(first);
    await stack.undo(first);
    await stack.undo();
    await stack.undo();
    expect(done).toEqual(['first', 'second']);
  });
});
