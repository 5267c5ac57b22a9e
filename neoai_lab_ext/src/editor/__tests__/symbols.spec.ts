import { symbolsAround, symbolsOf } from '../symbols';

const outline = (language: string, text: string) =>
  symbolsOf(language, text.split('\n')).map(
    ({ name, type, line, endLine, level }) =>
      `${'  '.repeat(level)}${type} ${name} ${line}-${endLine}`
  );

describe('the symbols of a text', () => {
  it('are the classes and functions of Python, nested', () => {
    const text = `"""
def not_one(): ...
"""
LIMIT = 3

class A(B):
    """Text"""
    def one(
        self,
    ) -> int:
        def inner():
            pass
        return 1

    async def two(self): ...

def three():
    x = 1
`;
    expect(outline('python', text)).toEqual([
      'variable LIMIT 4-4',
      'class A 6-15',
      '  method one 8-13',
      '    function inner 11-12',
      '  method two 15-15',
      'function three 17-18'
    ]);
  });

  it('are the headings of Markdown, not those in code', () => {
    const text = '# One\ntext\n## Two\n```\n# no\n```\n### Three\n## Four #\n';
    expect(outline('markdown', text)).toEqual([
      'section One 1-9',
      '  section Two 3-7',
      '    section Three 7-7',
      '  section Four 8-9'
    ]);
  });

  it('are the declarations of TypeScript', () => {
    const text = `export interface IThing {
  name: string;
}
export class Thing implements IThing {
  private readonly one = 1;
  constructor(name: string) {
    if (name) {
    }
  }
  async run<T>(x: T): Promise<void> {
    return;
  }
}
export const arrow = async (x: number) => x;
function* plain() {
}
const LIMIT = 3;
`;
    expect(outline('typescript', text)).toEqual([
      'interface IThing 1-3',
      'class Thing 4-13',
      '  method constructor 6-9',
      '  method run 10-12',
      'function arrow 14-14',
      'function plain 15-16',
      'variable LIMIT 17-17'
    ]);
  });

  it.each([
    ['go', 'func (s *S) Run() {\n}\n', ['function Run 1-2']],
    ['rust', 'pub fn run() {\n}\n', ['function run 1-2']],
    [
      'cpp',
      'int Box::size(int x) const {\n  return 1;\n}\n',
      ['function Box::size 1-3']
    ],
    [
      'java',
      'public class A {\n    void run() {\n    }\n}\n',
      ['class A 1-4', '  method run 2-3']
    ],
    ['shell', 'build() {\n  :\n}\n', ['function build 1-3']],
    ['toml', '[tool.ruff]\nx = 1\n', ['section tool.ruff 1-2']],
    [
      'yaml',
      'jobs:\n  test:\n    x: 1\n',
      ['key jobs 1-3', '  key test 2-3', '    key x 3-3']
    ],
    ['makefile', 'all: a\n\ttrue\nX := 1\n', ['function all 1-2']],
    ['css', '.a {\n  x: y;\n}\n', ['section .a 1-3']],
    ['plaintext', 'def x\n', []]
  ])('of %s are found', (language, text, expected) => {
    expect(outline(language, text)).toEqual(expected);
  });

  it('around a line are the outer ones first', () => {
    const symbols = symbolsOf('python', [
      'class A:',
      '    def b(self):',
      '        pass'
    ]);
    expect(symbolsAround(symbols, 3).map(({ name }) => name)).toEqual([
      'A',
      'b'
    ]);
    expect(symbolsAround(symbols, 1).map(({ name }) => name)).toEqual(['A']);
  });
});
