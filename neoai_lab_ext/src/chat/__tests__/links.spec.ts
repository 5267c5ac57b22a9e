import { citationOf } from '../links';

const BASE = 'https://hub.example/user/ada/';

describe('citationOf', () => {
  it.each([
    ['lab/tree/src/app.py#L12', { path: 'src/app.py', line: 12, endLine: 12 }],
    [
      'lab/tree/src/app.py#L12-L20',
      { path: 'src/app.py', line: 12, endLine: 20 }
    ],
    [
      'lab/tree/src/app.py#L12-20',
      { path: 'src/app.py', line: 12, endLine: 20 }
    ],
    [
      'lab/tree/src/app.py#L20-L12',
      { path: 'src/app.py', line: 20, endLine: 20 }
    ],
    ['lab/tree/src/app.py#L0', { path: 'src/app.py', line: 1, endLine: 1 }],
    [
      'lab/tree/a%20b/%C3%BC%23.py#L3',
      { path: 'a b/ü#.py', line: 3, endLine: 3 }
    ],
    [
      'lab/workspaces/auto-x/tree/app.py#L3',
      { path: 'app.py', line: 3, endLine: 3 }
    ],
    ['lab/tree/README.md', { path: 'README.md' }],
    ['lab/tree/README.md#usage', { path: 'README.md' }]
  ])('reads %s', (address, citation) => {
    expect(citationOf(BASE + address, BASE)).toEqual(citation);
  });

  it.each([
    'https://elsewhere.example/user/ada/lab/tree/app.py#L1',
    'https://hub.example/user/bob/lab/tree/app.py#L1',
    'https://hub.example/user/ada/files/app.py#L1',
    'https://hub.example/user/ada/lab/tree/',
    'https://hub.example/user/ada/lab/tree/%E0%A4%A#L1',
    'javascript:alert(1)',
    'no address'
  ])('leaves %s to the browser', address => {
    expect(citationOf(address, BASE)).toBeNull();
  });

  it('reads a base URL that has no slash at its end', () => {
    expect(
      citationOf(`${BASE}lab/tree/app.py#L2`, BASE.slice(0, -1))
    ).toMatchObject({ line: 2 });
  });
});
