import { Hunks } from '../hunks';

const BASE = 'one\ntwo\nthree\nfour\nfive\nsix\n';
const PROPOSED = 'ONE\ntwo\nthree\nfour\nFIVE\nfive and a half\nsix\n';

function states(hunks: Hunks): string[] {
  return hunks.items.map(({ state }) => state);
}

describe('the hunks of a proposal', () => {
  it('are the lines that differ, in their order', () => {
    const { items } = new Hunks(BASE, PROPOSED);
    expect(
      items.map(({ removed, added, line }) => [line, removed, added])
    ).toEqual([
      [0, ['one'], ['ONE']],
      [4, ['five'], ['FIVE', 'five and a half']]
    ]);
  });

  it('are one where only lines without a word stand between them', () => {
    const { items } = new Hunks('a = 1\n\nb = 1\n', 'a = 2\n\nb = 2\n');
    expect(items.length).toBe(1);
    expect(items[0].added).toEqual(['a = 2', '', 'b = 2']);
  });

  it('are none where the texts are the same but for their line breaks', () => {
    expect(new Hunks('a\r\nb\r\n', 'a\nb\n').items).toEqual([]);
  });

  it('give the proposal when all are accepted, in any order', () => {
    for (const order of [
      [0, 1],
      [1, 0]
    ]) {
      const hunks = new Hunks(BASE, PROPOSED);
      const text = order.reduce((now, id) => hunks.accept(id, now)!, BASE);
      expect(text).toBe(PROPOSED);
      expect(hunks.undecided).toEqual([]);
    }
  });

  it('leave the text as it is when they are rejected', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    hunks.reject(0);
    expect(hunks.accept(0, BASE)).toBeNull();
    expect(hunks.accept(1, BASE)).toBe(PROPOSED.replace('ONE', 'one'));
  });

  it('keep what others changed elsewhere', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    const theirs = 'zero\none\ntwo, says Bob\nthree\nfour\nfive\nsix\nseven\n';
    hunks.follow(theirs);
    expect(hunks.items.map(({ line }) => line)).toEqual([1, 5]);
    const first = hunks.accept(0, theirs)!;
    expect(hunks.accept(1, first)).toBe(
      'zero\nONE\ntwo, says Bob\nthree\nfour\nFIVE\nfive and a half\nsix\nseven\n'
    );
  });

  it('no longer apply where others changed their lines, and do again when that is taken back', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    const theirs = BASE.replace('five', 'fife');
    hunks.follow(theirs);
    expect(states(hunks)).toEqual(['open', 'stale']);
    expect(hunks.accept(1, theirs)).toBeNull();
    hunks.follow(BASE);
    expect(states(hunks)).toEqual(['open', 'open']);
    expect(hunks.accept(1, BASE)).toContain('five and a half');
  });

  it('are accepted where somebody made the same change', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    hunks.follow(BASE.replace('one', 'ONE'));
    expect(states(hunks)).toEqual(['accepted', 'open']);
  });

  it('are open again when what was accepted is undone, and accepted when it is redone', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    const text = hunks.accept(0, BASE)!;
    hunks.follow(BASE);
    expect(states(hunks)).toEqual(['open', 'open']);
    hunks.follow(text);
    expect(states(hunks)).toEqual(['accepted', 'open']);
  });

  it('stay accepted when one edits what was accepted', () => {
    const hunks = new Hunks(BASE, PROPOSED);
    const text = hunks.accept(0, BASE)!;
    hunks.follow(text.replace('ONE', 'ONE!'));
    expect(states(hunks)).toEqual(['accepted', 'open']);
  });

  it('that only insert do not apply where others put something at the same place', () => {
    const hunks = new Hunks('a\nb\n', 'a\nnew\nb\n');
    hunks.follow('a\ntheirs\nb\n');
    expect(states(hunks)).toEqual(['stale']);
    hunks.follow('a!\na\nb\n');
    expect(states(hunks)).toEqual(['open']);
  });

  it('leave a last line without a line break alone', () => {
    const hunks = new Hunks('stir()', 'stir()\ntaste()');
    expect(hunks.items[0].removed).toEqual([]);
    expect(hunks.accept(0, 'stir()')).toBe('stir()\ntaste()');
  });

  it('write into an empty text, and empty one', () => {
    expect(new Hunks('', 'a\n').accept(0, '')).toBe('a\n');
    expect(new Hunks('a\n', '').accept(0, 'a\n')).toBe('');
  });

  it('merge right for many texts drawn at random', () => {
    let seed = 11;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    const lines = () =>
      Array.from({ length: random(14) }, () => 'abcd'[random(4)] + '\n');
    for (let run = 0; run < 400; run++) {
      const base = lines();
      const hunks = new Hunks(base.join(''), lines().join(''));
      // Somebody adds a line of their own somewhere: it is never lost, whatever is accepted.
      const theirs = [...base];
      theirs.splice(random(base.length + 1), 0, 'theirs\n');
      let text = theirs.join('');
      hunks.follow(text);
      for (const { id } of hunks.items) {
        text = hunks.accept(id, text) ?? text;
      }
      expect(text).toContain('theirs\n');
      hunks.items
        .filter(({ state }) => state === 'accepted')
        .forEach(({ added }) => expect(text).toContain(added.join('\n')));
    }
  });
});
