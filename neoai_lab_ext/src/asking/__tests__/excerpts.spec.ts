import {
  errorOf,
  excerpt,
  type IOutput,
  nameOf,
  pathOfAddress,
  picturesOf,
  textOf,
  tracebackOf
} from '../excerpts';

const ERROR: IOutput = {
  output_type: 'error',
  ename: 'NameError',
  evalue: "name 'x' is not defined\nmore",
  traceback: ['\u001b[0;31mNameError\u001b[0m', 'x + 1']
};
const PICTURE: IOutput = {
  output_type: 'display_data',
  data: { 'image/png': ['iVBO\n', 'Rw0K\n'], 'text/plain': '<Figure>' }
};

describe('an excerpt', () => {
  it('of a file is a selection as the chat has them', () => {
    const lines: [number, number] = [3, 5];
    expect(
      excerpt({ path: 'a.py', text: 'x', kind: 'selection', lines })
    ).toEqual({
      type: 'file',
      value: 'a.py',
      selection: { start: [3, 0], end: [5, 0], content: 'x' }
    });
  });

  it('of a cell says which, and has an end', () => {
    const text = 'y'.repeat(100_000);
    const found = excerpt({ path: 'n.ipynb', text, kind: 'output', cell: 2 });
    expect(found.mimetype).toBe(
      'application/vnd.neoai.excerpt; kind=output; cell=2'
    );
    expect(found.selection?.content).toHaveLength(60_000);
  });
});

describe('what a cell puts out', () => {
  it('has an error with a traceback without colours and a name in one line', () => {
    expect(errorOf([PICTURE, ERROR])).toBe(ERROR);
    expect(errorOf([PICTURE])).toBeNull();
    expect(tracebackOf(ERROR)).toBe('NameError\nx + 1');
    expect(tracebackOf({ output_type: 'error', ename: 'E' })).toBe('E');
    expect(nameOf(ERROR)).toBe("NameError: name 'x' is not defined");
  });

  it('is text and pictures', () => {
    const stream = { output_type: 'stream', text: ['a\n', 'b\n'] };
    expect(textOf([stream, PICTURE, ERROR])).toBe(
      'a\nb\n\n<Figure>\nNameError\nx + 1'
    );
    expect(picturesOf([stream, PICTURE, ERROR])).toEqual([
      { base64: 'iVBORw0K', suffix: 'png' }
    ]);
  });
});

describe('an address', () => {
  const base = 'http://localhost:8888/user/ada/';

  it.each([
    ['http://localhost:8888/user/ada/lab/tree/a%20b/c.py#L3', 'a b/c.py'],
    ['/user/ada/files/page.html?x=1', 'page.html'],
    ['http://localhost:8888/user/ada/lab/workspaces/w/tree/a.py', 'a.py'],
    ['view/page.html', 'page.html'],
    ['http://localhost:8888/user/bob/lab/tree/a.py', null],
    ['http://localhost:8889/user/ada/lab/tree/a.py', null],
    ['http://169.254.169.254/latest/meta-data', null],
    ['http://localhost:8888/user/ada/proxy/5000/', null],
    ['file:///etc/passwd', null],
    ['javascript:alert(1)', null],
    ['http://', null],
    ['/user/ada/files/%E0%A4%A', null]
  ])('%s is of the file %s', (address, path) => {
    expect(pathOfAddress(address, base)).toBe(path);
  });
});
