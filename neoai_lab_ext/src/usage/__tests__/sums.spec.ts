import { nullTranslator } from '@jupyterlab/translation';

import { doubts, usd } from '../format';
import { daysOf, rangeOf } from '../periods';
import { byDay, type Group, ranked, ticks } from '../sums';
import { checkLimits } from '../wanted';

const trans = nullTranslator.load('neoai');

function group(fields: Partial<Group>): Group {
  return {
    model: 'p/m',
    task: 'chat',
    project: '',
    day: '2026-11-02',
    calls: 1,
    failed: 0,
    estimated: 0,
    unpriced: 0,
    input_tokens: 100,
    output_tokens: 10,
    cached_tokens: 0,
    cost_usd: 0.5,
    ...fields
  };
}

describe('The sums of the usage', () => {
  const items = [
    group({ model: 'p/a', cost_usd: 1, calls: 2 }),
    group({ model: 'p/b', cost_usd: 3, day: '2026-11-01' }),
    group({ model: 'p/a', cost_usd: 1.5, task: 'edit', unpriced: 1 })
  ];

  it('rank what they are asked by, the largest first', () => {
    const bars = ranked(items, 'model', 'cost');
    expect(bars.map(({ key, sums }) => [key, sums.cost_usd])).toEqual([
      ['p/b', 3],
      ['p/a', 2.5]
    ]);
    expect(ranked(items, 'model', 'requests')[0].key).toBe('p/a');
  });

  it('have a bar for days without requests too', () => {
    const days = ['2026-11-01', '2026-11-02', '2026-11-03'];
    const calls = byDay(items, days).map(({ sums }) => sums.calls);
    expect(calls).toEqual([1, 3, 0]);
  });

  it('say which of their requests have no price or are estimated', () => {
    const sums = group({ unpriced: 1, estimated: 2, failed: 3 });
    expect(doubts(sums, 'cost', trans)).toEqual([
      '1 request without a known price',
      '2 requests with estimated counts'
    ]);
    expect(doubts(sums, 'requests', trans)).toEqual(['3 failed']);
  });
});

describe('A period', () => {
  const now = new Date('2026-03-05T23:30:00Z');

  it('begins and ends with days of UTC', () => {
    const month = daysOf(rangeOf('month', now));
    expect([month[0], month.at(-1)]).toEqual(['2026-03-01', '2026-03-05']);
    const last = daysOf(rangeOf('last-month', now));
    expect([last[0], last.at(-1), last.length]).toEqual([
      '2026-02-01',
      '2026-02-28',
      28
    ]);
    expect(daysOf(rangeOf('30-days', now))).toHaveLength(30);
    expect(daysOf(rangeOf('90-days', now)).at(-1)).toBe('2026-03-05');
  });
});

describe('The lines behind the bars', () => {
  it.each([
    [0, [0, 1]],
    [3, [0, 1, 2, 3]],
    [0.0042, [0, 0.002, 0.004, 0.006]],
    [110, [0, 50, 100, 150]]
  ])('for %p are round', (most, expected) => {
    ticks(most).forEach((tick, index) =>
      expect(tick).toBeCloseTo(expected[index], 9)
    );
    expect(ticks(most)).toHaveLength(expected.length);
  });
});

describe('Money', () => {
  it.each([
    [0, '$0.00'],
    [0.00015, '$0.00015'],
    [0.0312, '$0.03'],
    [1234.5, '$1,234.50']
  ])('%p is %p', (value, text) => {
    expect(usd(value)).toBe(text);
  });
});

describe('Limits that are typed', () => {
  it.each([
    ['20', '50', { soft_usd: 20, hard_usd: 50 }],
    ['', ' ', { soft_usd: null, hard_usd: null }],
    ['$2,50', '', { soft_usd: 2.5, hard_usd: null }],
    ['', '0', { soft_usd: null, hard_usd: 0 }],
    ['much', '', null],
    ['-1', '', null],
    ['5', '1', null],
    ['', '1e12', null]
  ])('%p and %p are understood', (soft, hard, wanted) => {
    expect(checkLimits(soft, hard, trans).wanted).toEqual(wanted);
  });
});
