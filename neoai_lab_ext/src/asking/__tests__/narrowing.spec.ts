import { narrowed } from '../narrowing';

const LINES = Array.from({ length: 40 }, (_, n) => `line ${n}`);

function having(changes: Record<number, string[]>): string {
  return LINES.flatMap((line, n) => changes[n] ?? [line]).join('\n');
}

describe('narrowed', () => {
  it('keeps what changed with eight lines on either side', () => {
    const { before, after } = narrowed(having({}), having({ 20: ['new'] }));
    expect(before).toBe(LINES.slice(12, 29).join('\n'));
    expect(after).toBe(before.replace('line 20', 'new'));
  });

  it('keeps all of a short text', () => {
    expect(narrowed('a\nb', 'a\nc')).toEqual({ before: 'a\nb', after: 'a\nc' });
  });

  it.each([
    [having({ 39: [] }), having({})],
    [having({}), having({ 0: ['line 0', 'line 0'] })],
    ['', 'a'],
    ['a\na\na', 'a\na']
  ])('ends with the texts where they differ at an end', (before, after) => {
    const part = narrowed(before, after);
    expect(before).toContain(part.before);
    expect(after).toContain(part.after);
    expect(part.before).not.toBe(part.after);
  });
});
