import { newText } from '../replacement';

const at = (text: string, old: string, offset = 0) => ({
  line: 1,
  start: text.indexOf(old) + offset,
  end: text.indexOf(old) + offset + old.length,
  text,
  at: offset
});

describe('what a match becomes', () => {
  it('is the text itself where no expression was asked for', () => {
    const match = at('a.b(c)', 'b(c)');
    expect(newText(match, { query: 'b(c)' }, '$1')).toBe('$1');
  });

  it.each([
    ['(\\w+) = (\\w+)', '$2 = $1', 'two = one'],
    ['(?<l>\\w+) = (?P<r>\\w+)', '$<r>|$<l>', 'two|one'],
    ['\\w+ = \\w+', '[$&] $$1', '[one = two] $1'],
    ['(\\w+) = \\w+', '$1\\n$9', 'one\n$9'],
    ['\\w+ = \\w+', 'plain', 'plain']
  ])('%s by %s', (query, replacement, expected) => {
    const match = at('let one = two;', 'one = two');
    expect(newText(match, { query, regex: true }, replacement)).toBe(expected);
  });

  it('counts from where the shown part of a long line begins', () => {
    const match = at('let one = two;', 'one = two', 5000);
    const query = { query: '(\\w+) = (\\w+)', regex: true };
    expect(newText(match, query, '$2')).toBe('two');
  });

  it('is not told where that is not certain', () => {
    const cut = { ...at('abc', 'abc'), end: 900 };
    expect(newText(cut, { query: 'abc' }, 'x')).toBeNull();
    const rust = { query: '(?i-u:a)(b)', regex: true };
    expect(newText(at('ab', 'ab'), rust, '$1')).toBeNull();
    expect(newText(at('ab', 'ab'), rust, 'plain')).toBe('plain');
  });
});
