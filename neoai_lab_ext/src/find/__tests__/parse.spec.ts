import { parseWanted } from '../parse';

describe('what quick open is asked', () => {
  it.each([
    ['', { kind: 'files', query: '' }],
    [' a b ', { kind: 'files', query: 'a b' }],
    ['a.py:', { kind: 'files', query: 'a.py' }],
    ['a.py:12', { kind: 'files', query: 'a.py', line: 12 }],
    ['a.py:12:', { kind: 'files', query: 'a.py', line: 12 }],
    ['a.py:12:3', { kind: 'files', query: 'a.py', line: 12, column: 3 }],
    [':7', { kind: 'line', line: 7 }],
    [': 7:2', { kind: 'line', line: 7, column: 2 }],
    [':', { kind: 'line', line: null }],
    [':x', { kind: 'line', line: null }],
    ['@ main', { kind: 'symbols', query: 'main' }],
    ['#todo', { kind: 'text', query: 'todo' }],
    ['>undo', { kind: 'commands', query: 'undo' }]
  ])('%j', (text, wanted) => {
    expect(parseWanted(text)).toEqual(wanted);
  });
});
