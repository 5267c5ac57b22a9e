import { type IChange, type IOffer, moved, Offers } from '../offers';
import { Recents } from '../recents';

const range = (
  startLineNumber: number,
  startColumn: number,
  endColumn: number,
  endLineNumber = startLineNumber
) => ({ startLineNumber, startColumn, endLineNumber, endColumn });

const offer = (line: number, path = 'a.py'): IOffer => ({
  path,
  range: range(line, 5, 10),
  old: 'width',
  new: 'breadth',
  reason: 'width was renamed to breadth'
});

const change = (at: ReturnType<typeof range>, text: string): IChange => ({
  range: at,
  text
});

describe('A place that is offered', () => {
  it('stays where it is when what comes after it is edited', () => {
    expect(moved(range(3, 5, 10), [change(range(3, 10, 12), 'x')])).toEqual(
      range(3, 5, 10)
    );
    expect(moved(range(3, 5, 10), [change(range(4, 1, 1), 'x\ny')])).toEqual(
      range(3, 5, 10)
    );
  });

  it('moves along when what comes before it is edited', () => {
    expect(moved(range(3, 5, 10), [change(range(3, 1, 3), 'abcd')])).toEqual(
      range(3, 7, 12)
    );
    expect(moved(range(3, 5, 10), [change(range(1, 1, 1), 'x\ny\n')])).toEqual(
      range(5, 5, 10)
    );
    expect(moved(range(3, 5, 10), [change(range(3, 3, 3), 'a\nbc')])).toEqual(
      range(4, 5, 10)
    );
    expect(moved(range(3, 5, 10), [change(range(1, 4, 3, 3), '')])).toEqual(
      range(1, 6, 11)
    );
  });

  it('moves by several edits at once', () => {
    const changes = [
      change(range(1, 1, 1), '\n'),
      change(range(3, 1, 2), 'abc')
    ];
    expect(moved(range(3, 5, 10), changes)).toEqual(range(4, 7, 12));
    expect(moved(range(3, 5, 10), [...changes].reverse())).toEqual(
      range(4, 7, 12)
    );
  });

  it('is offered no more when it is edited itself', () => {
    expect(moved(range(3, 5, 10), [change(range(3, 6, 7), '')])).toBeNull();
    expect(moved(range(3, 5, 10), [change(range(2, 1, 6, 3), '')])).toBeNull();
  });
});

describe('The places that are offered', () => {
  it('are offered one by one, and counted', () => {
    const offers = new Offers();
    offers.replace([offer(1), offer(2), offer(3)], true);
    expect([offers.number, offers.count]).toEqual([1, 3]);
    offers.done(offers.current!);
    expect(offers.current?.range.startLineNumber).toBe(2);
    expect([offers.number, offers.count]).toEqual([2, 3]);
  });

  it('are not offered again once they were skipped, until all are dismissed', () => {
    const offers = new Offers();
    offers.replace([offer(1), offer(2)], true);
    offers.skip();
    offers.replace([offer(1), offer(2)], true);
    expect(offers.items.map(item => item.range.startLineNumber)).toEqual([2]);
    offers.clear();
    expect(offers.current).toBeNull();
    offers.replace([offer(1)], true);
    expect(offers.count).toBe(1);
  });

  it('are new where one of them was not offered just before, wherever it stood', () => {
    const offers = new Offers();
    expect(offers.replace([offer(1), offer(2)], true)).toBe(true);
    expect(offers.replace([offer(3)], true)).toBe(false);
    expect(offers.replace([], true)).toBe(false);
    expect(offers.replace([offer(3)], true)).toBe(false);
    const other = { ...offer(3), new: 'depth' };
    expect(offers.replace([offer(3), other], true)).toBe(true);
    offers.clear();
    expect(offers.replace([other], true)).toBe(true);
    offers.done(offers.current!);
    expect(offers.replace([other], true)).toBe(true);
  });

  it('are dropped where their text cannot be shown', () => {
    const offers = new Offers();
    offers.replace([offer(1, 'b.py'), offer(2), offer(3, 'b.py')], true);
    offers.drop('b.py');
    expect(offers.current).toEqual(offer(2));
    expect([offers.number, offers.count]).toEqual([1, 1]);
  });

  it('move with edits of their own file alone', () => {
    const offers = new Offers();
    offers.replace([offer(3), offer(3, 'b.py')], true);
    offers.edited('a.py', [change(range(1, 1, 1), '\n')]);
    expect(offers.items.map(item => item.range.startLineNumber)).toEqual([
      4, 3
    ]);
  });

  it('take over what a model wrote for those without a text', () => {
    const offers = new Offers();
    offers.replace([{ ...offer(1), new: null }, offer(2)], true);
    offers.fill([
      { ...offer(1), new: 'filled' },
      { ...offer(2), new: 'other' }
    ]);
    expect(offers.items.map(item => item.new)).toEqual(['filled', 'breadth']);
  });
});

describe('The latest edits', () => {
  it('keep the text before the first of them', () => {
    const recents = new Recents(() => 0);
    recents.note('a.py', 'one');
    recents.note('b.py', 'two');
    recents.note('a.py', 'later');
    expect(recents.before('a.py')).toBe('one');
    expect(recents.paths).toEqual(['a.py', 'b.py']);
  });

  it('are forgotten after a while, and of more than five files the first', () => {
    let now = 0;
    const recents = new Recents(() => now);
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
      recents.note(name, name);
    }
    expect(recents.before('a')).toBeNull();
    now = 200_000;
    recents.note('g', 'g');
    expect(recents.paths).toEqual(['g']);
  });
});
