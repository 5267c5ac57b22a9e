import { parseFragment } from '../fragment';

describe('a fragment', () => {
  it.each([
    ['#L12', { start: 12, end: 12 }],
    ['#L12-L20', { start: 12, end: 20 }],
    ['#L12-20', { start: 12, end: 20 }],
    ['#L20-L12', { start: 12, end: 20 }],
    ['#L0', { start: 1, end: 1 }],
    ['#line=0', { start: 1, end: 1 }],
    ['#line=11', { start: 12, end: 12 }],
    ['#line=11,20', { start: 12, end: 20 }],
    ['#heading', null],
    ['', null]
  ])('%s names the lines %j', (fragment, lines) => {
    expect(parseFragment(fragment)).toEqual(lines);
  });
});
