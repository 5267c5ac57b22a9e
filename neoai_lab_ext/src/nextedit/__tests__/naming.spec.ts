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

/** The function whose parameters begin to be edited at `|`. */
function signed(marked: string, naming = new Naming()) {
  const lines = marked.replace('|', '').split('\n');
  const above = marked.slice(0, marked.indexOf('|')).split('\n');
  const number = above.length;
  const column = above[number - 1].length + 1;
  const range = {
    startLineNumber: number,
    startColumn: column,
    endLineNumber: number,
    endColumn: column
  };
  const found = naming.signed(
    lines[number - 1],
    { range, text: 'x' },
    line => lines[line - 1]
  );
  return found && `${found.lineNumber}:${found.column} ${found.name}`;
}

describe('Parameters begin to be edited', () => {
  it.each([
    ['def area(|width):', '1:5 area'],
    ['class A:\n    def area(self, |w):', '2:9 area'],
    ['def area(\n    width,\n    |height\n):', '1:5 area'],
    ['def area(size=(1, |2)):', '1:5 area'],
    ['async function load(a, b|) {', '1:16 load'],
    ['  load(options: Options|): Reply {', '1:3 load']
  ])('in %s', (text, name) => {
    expect(signed(text)).toBe(name);
  });

  it.each([
    ['area(|1)'],
    ['def area(width):|'],
    ['def area(width):\n    return max(width, |1)'],
    ['class A:\n    def __init__(self|):'],
    ['x = (|)'],
    [`def area(${'\n'.repeat(40)}|):`],
    [`def area(${'a, '.repeat(5000)}|):`]
  ])('not in %s', text => {
    expect(signed(text)).toBeNull();
  });

  it('once, and again after the cursor was in another line', () => {
    const naming = new Naming();
    expect(signed('def area(a|):', naming)).toBe('1:5 area');
    expect(signed('def area(ax|):', naming)).toBeNull();
    naming.reset();
    expect(signed('def area(axx|):', naming)).toBe('1:5 area');
  });
});
