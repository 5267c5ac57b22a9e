import { Matcher } from '../matcher';

const PATHS = [
  'README.md',
  'docs/users/projects.md',
  'neoai_lab_ext/src/projects/panel.ts',
  'neoai_lab_ext/src/projects/panelmodel.ts',
  'neoai_lab_ext/src/find/quickOpenDialog.ts',
  'neoai_server_ext/projects/service.py',
  'neoai_server_ext/index/service.py',
  'tests/projects/test_projects.py',
  'src/HTMLParser.java',
  'Ünïcode/İstanbul.txt'
];

function best(query: string, recent: string[] = []): string {
  return new Matcher(PATHS).match(query, 10, recent).items[0]?.path ?? '';
}

describe('finding files by what was typed', () => {
  it.each([
    ['readme', 'README.md'],
    ['panel', 'neoai_lab_ext/src/projects/panel.ts'],
    ['pnlm', 'neoai_lab_ext/src/projects/panelmodel.ts'],
    ['qod', 'neoai_lab_ext/src/find/quickOpenDialog.ts'],
    ['index/service', 'neoai_server_ext/index/service.py'],
    ['index\\service', 'neoai_server_ext/index/service.py'],
    ['service index', 'neoai_server_ext/index/service.py'],
    ['tp', 'tests/projects/test_projects.py'],
    ['html', 'src/HTMLParser.java'],
    ['parser', 'src/HTMLParser.java'],
    ['ünï', 'Ünïcode/İstanbul.txt'],
    ['nothing of the kind', '']
  ])('%s finds %s first', (query, path) => {
    expect(best(query)).toBe(path);
  });

  it('prefers what was opened lately', () => {
    const recent = ['neoai_server_ext/index/service.py'];
    expect(best('service', recent)).toBe(recent[0]);
    expect(best('', recent)).toBe(recent[0]);
    expect(best('', ['gone.txt'])).toBe(PATHS[0]);
  });

  it('says which characters fit', () => {
    const { items } = new Matcher(PATHS).match('qod', 1);
    const chars = items[0].positions.map(at => items[0].path[at]).join('');
    expect(chars).toBe('qOD');
    expect(
      new Matcher(['a/b/ab.txt']).match('ab', 1).items[0].positions
    ).toEqual([4, 5]);
  });

  it('finds the same letter by letter and back as at once', () => {
    const paths = Array.from(
      { length: 2000 },
      (_, i) => `pkg${i % 7}/sub_${i % 31}/File${i}Name.${i % 2 ? 'ts' : 'py'}`
    );
    const typed = new Matcher(paths);
    for (const word of ['f12n.ts', 'sub_3 name', 'pkg1/f', 'fn.py']) {
      const there = Array.from(word, (_, at) => word.slice(0, at + 1));
      const back = there.slice(0, -1).reverse();
      for (const query of [...there, ...back, word]) {
        const fresh = new Matcher(paths).match(query, 20);
        expect(typed.match(query, 20)).toEqual(fresh);
      }
    }
  });

  it('has the same best ones however few are asked for', () => {
    const paths = Array.from(
      { length: 3000 },
      (_, i) => `${i % 9 ? 'pack' : 'apc'}${i % 7}/s_${i % 31}/aPart${i}Cd.ts`
    );
    for (const query of ['apc', 'pd', 'ac7', 'spt', 'p1']) {
      const all = new Matcher(paths).match(query, paths.length);
      const few = new Matcher(paths).match(query, 15);
      expect(few.items).toEqual(all.items.slice(0, 15));
      expect(few.total).toBe(all.total);
    }
  });

  it('counts what it does not show', () => {
    const { items, total } = new Matcher(PATHS).match('s', 2);
    expect(items).toHaveLength(2);
    expect(total).toBe(9);
  });
});
