import {
  deepest,
  folderOf,
  folderOfAddress,
  isWithin,
  joined,
  normalized
} from '../folders';

describe('deepest', () => {
  const folders = [
    { path: '' },
    { path: 'a' },
    { path: 'a/b' },
    { path: 'ab' }
  ];

  it.each([
    ['', ''],
    ['c', ''],
    ['a', 'a'],
    ['a/c', 'a'],
    ['a/b', 'a/b'],
    ['a/b/c', 'a/b'],
    ['ab/c', 'ab']
  ])('finds the folder around %p', (path, found) => {
    expect(deepest(folders, path)).toEqual({ path: found });
  });

  it('finds none where none is around', () => {
    expect(deepest([{ path: 'a' }], 'b')).toBeNull();
  });
});

it('tells a folder from one whose name begins alike', () => {
  expect(isWithin('ab', 'a')).toBe(false);
  expect(isWithin('a/b', 'a')).toBe(true);
});

it.each([
  ['/a/b/', 'a/b'],
  ['./a', 'a'],
  ['.', ''],
  [' /', ''],
  ['.hidden', '.hidden'],
  ['../a', '../a']
])('normalizes %p', (path, normal) => {
  expect(normalized(path)).toBe(normal);
});

it('joins below a folder, or below none', () => {
  expect(joined('work/', 'a')).toBe('work/a');
  expect(joined('', 'a')).toBe('a');
  expect(joined('work', '')).toBe('');
});

it.each([
  ['Sales: Q3/Q4', 'Sales- Q3-Q4'],
  ['  ..  ', ''],
  ['Überblick', 'Überblick'],
  ['a\tb', 'a-b']
])('makes a folder’s name out of %p', (name, folder) => {
  expect(folderOf(name)).toBe(folder);
});

it.each([
  ['https://example.org/owner/tool.git', 'tool'],
  ['https://example.org/owner/tool/', 'tool'],
  ['git@example.org:owner/tool.git', 'tool'],
  ['git@example.org:tool', 'tool'],
  ['work/repository/.git', 'repository'],
  ['', '']
])('takes the folder from %p as git does', (address, folder) => {
  expect(folderOfAddress(address)).toBe(folder);
});
