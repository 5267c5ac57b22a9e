import { Naming } from '../naming';

const edit = (line: string, from: number, to: number, text: string) => ({
  range: {
    startLineNumber: 3,
    startColumn: from + 1,
    endLineNumber: 3,
    endColumn: to + 1
  },
  text,
  line
});

/** The name that begins to be edited when `|` to `|` of a line is typed over. */
function begun(marked: string, text = 'x', naming = new Naming()) {
  const from = marked.indexOf('|');
  const line = marked.replaceAll('|', '');
  const to = marked.lastIndexOf('|') - (marked.split('|').length > 2 ? 1 : 0);
  return naming.begun(line, edit(line, from, to, text))?.name ?? null;
}

describe('A rename begins', () => {
  it.each([
    ['def |area|(width):', 'area'],
    ['    async def area|(self):', 'area'],
    ['class |Sha|pe:', 'Shape'],
    ['export function load|(options) {', 'load'],
    ['func (s *Server) |Start|() {', 'Start'],
    ['  private static load|(options: Options): Reply {', 'load'],
    ['        self.|width| = 1', 'width'],
    ['LIMIT|: int = 3', 'LIMIT'],
    ['const größe| = 1;', 'größe']
  ])('in %s', (line, name) => {
    expect(begun(line)).toBe(name);
  });

  it.each([
    ['    area|(1)'],
    ['    width| = 1'],
    ['if width| == 1:'],
    ['return |area|'],
    ['def area(width|):'],
    ['def |(width):'],
    ['x = 1|2']
  ])('not in %s', line => {
    expect(begun(line)).toBeNull();
  });

  it('not with what makes no name of it', () => {
    expect(begun('def area|(width):', '(')).toBeNull();
    expect(new Naming().begun(null, edit('', 0, 0, 'x'))).toBeNull();
  });

  it('once, and again after the cursor was in another line', () => {
    const naming = new Naming();
    expect(begun('def |area|():', 's', naming)).toBe('area');
    expect(begun('def s|():', 'u', naming)).toBeNull();
    expect(begun('def su|():', 'r', naming)).toBeNull();
    naming.reset();
    expect(begun('def sur|():', 'f', naming)).toBe('sur');
  });

  it('not while a definition is written anew', () => {
    const naming = new Naming();
    expect(begun('def |', 'a', naming)).toBeNull();
    expect(begun('def a|', 'r', naming)).toBeNull();
    expect(begun('def ar|', 'e', naming)).toBeNull();
  });
});
