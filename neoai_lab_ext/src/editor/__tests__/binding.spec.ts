import { YFile } from '@jupyter/ydoc';
import * as Y from 'yjs';

import { smallestReplacement, TextBinding, toModelText } from '../binding';
import { createModel } from './model';

const people: Person[] = [];

afterEach(() => {
  for (const { shared, model, binding } of people.splice(0)) {
    binding.dispose();
    model.dispose();
    shared.dispose();
  }
});

/** One person's document, model and binding, connected to nobody yet. */
function person(seed?: Uint8Array) {
  const shared = new YFile();
  if (seed) {
    Y.applyUpdate(shared.ydoc, seed);
  }
  const model = createModel(toModelText(shared.ysource.toString()));
  const binding = new TextBinding(shared.ysource, model);
  shared.undoManager.addTrackedOrigin(binding);
  shared.undoManager.clear();
  const made = { shared, model, binding };
  people.push(made);
  return made;
}
type Person = ReturnType<typeof person>;

function seedOf(text: string): Uint8Array {
  const doc = new Y.Doc();
  doc.getText('source').insert(0, text);
  return Y.encodeStateAsUpdate(doc);
}

/** Give every person what the others have. */
function exchange(people: Person[]): void {
  for (const from of people) {
    for (const to of people) {
      if (from !== to) {
        const known = Y.encodeStateVector(to.shared.ydoc);
        Y.applyUpdate(
          to.shared.ydoc,
          Y.encodeStateAsUpdate(from.shared.ydoc, known),
          'network'
        );
      }
    }
  }
}

/** Replace `length` units at `offset` as a keyboard would, on Monaco's undo stack too. */
function type(
  { model }: Person,
  offset: number,
  length: number,
  text: string
): void {
  model.pushEditOperations(
    null,
    [edit(model, offset, length, text)],
    () => null
  );
}

function edit(
  model: Person['model'],
  offset: number,
  length: number,
  text: string
) {
  const from = model.getPositionAt(offset);
  const to = model.getPositionAt(offset + length);
  return {
    range: {
      startLineNumber: from.lineNumber,
      startColumn: from.column,
      endLineNumber: to.lineNumber,
      endColumn: to.column
    },
    text
  };
}

function expectSame({ shared, model }: Person): void {
  expect(model.getValue()).toBe(toModelText(shared.ysource.toString()));
  expect(model.getValueLength()).toBe(shared.ysource.length);
  expect(shared.ysource.toString()).not.toContain('\r\n');
}

/** Repeatable chance (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

const PIECES = [
  'a',
  'bc',
  '\n',
  '\r\n',
  '\r',
  '\t',
  '🙂',
  '👩‍👩‍👧',
  'é',
  '\ufeff',
  '\u2028',
  'x\ny\n',
  ''
];

describe('a bound model', () => {
  it('shows what the shared text holds when it is bound', () => {
    expectSame(person(seedOf('one\ntwo 🙂\n')));
  });

  it('keeps a byte order mark, so that no offset is one too small', () => {
    const ada = person(seedOf('\ufeffone\n'));
    expectSame(ada);
    type(ada, 4, 0, '!');
    expect(ada.shared.getSource()).toBe('\ufeffone!\n');
  });

  it('writes typing to the shared text and marks the document as changed', () => {
    const ada = person(seedOf('one\n'));
    type(ada, 3, 0, ' 🙂');
    expect(ada.shared.getSource()).toBe('one 🙂\n');
    expect(ada.shared.dirty).toBe(true);
  });

  it('is not changed, nor the document, by being bound', () => {
    const ada = person(seedOf('one\ntwo\n'));
    expect(ada.shared.dirty).toBe(false);
    expect(ada.shared.canUndo()).toBe(false);
  });

  it('takes several edits at once, also where they touch', () => {
    const ada = person(seedOf('0123456789'));
    ada.model.pushEditOperations(
      null,
      [
        edit(ada.model, 2, 3, 'AB'),
        edit(ada.model, 5, 0, 'C'),
        edit(ada.model, 5, 2, '\n')
      ],
      () => null
    );
    expectSame(ada);
  });

  it('takes a whole new value', () => {
    const ada = person(seedOf('one\ntwo\n'));
    ada.model.setValue('one\nthree\n');
    expect(ada.shared.getSource()).toBe('one\nthree\n');
  });

  it('leaves what a reload does not change alone, so that cursors stay', () => {
    const ada = person(seedOf('one\ntwo\nthree\n'));
    const [mark] = ada.model.deltaDecorations(
      [],
      [
        {
          range: edit(ada.model, 8, 5, '').range,
          options: { description: 'mark' } as never
        }
      ]
    );
    ada.shared.setSource('zero\none\ntwo\nthree\n');
    expectSame(ada);
    expect(ada.model.getValueInRange(ada.model.getDecorationRange(mark)!)).toBe(
      'three'
    );
  });

  it('stops when it is disposed', () => {
    const ada = person(seedOf('one'));
    ada.binding.dispose();
    type(ada, 0, 0, 'x');
    ada.shared.ysource.insert(3, 'y');
    expect(ada.shared.getSource()).toBe('oney');
    expect(ada.model.getValue()).toBe('xone');
  });
});

describe('line breaks', () => {
  it('are collapsed in the shared text, with nothing to undo and nothing to save', () => {
    const ada = person(seedOf('one\r\ntwo\r\n'));
    expect(ada.shared.getSource()).toBe('one\ntwo\n');
    expect(ada.shared.canUndo()).toBe(false);
    expect(ada.shared.dirty).toBe(false);
  });

  it('are collapsed once when two people open the same text', () => {
    const seed = seedOf('one\r\ntwo\r\nthree\r\n');
    const team = [person(seed), person(seed)];
    exchange(team);
    team.forEach(expectSame);
    expect(team[0].shared.getSource()).toBe('one\ntwo\nthree\n');
  });

  it('that are a lone carriage return keep the offsets of what follows', () => {
    const ada = person(seedOf('one\rtwo\r'));
    type(ada, 7, 0, '!');
    expect(ada.shared.getSource()).toBe('one\rtwo!\r');
  });

  it('that meet by a deletion stay two', () => {
    const ada = person(seedOf('one\rX\ntwo'));
    type(ada, 4, 1, '');
    expect(ada.model.getLineCount()).toBe(3);
    expectSame(ada);
  });

  it('that arrive from someone else as two characters are one', () => {
    const ada = person(seedOf('one'));
    const bob = person(seedOf('one'));
    exchange([ada, bob]);
    bob.shared.ysource.insert(0, 'a\r\nb\r\n');
    exchange([ada, bob]);
    [ada, bob].forEach(expectSame);
    expect(ada.shared.getSource()).toBe(bob.shared.getSource());
  });
});

describe('people who edit at once', () => {
  const runs = 100 * Number(process.env.NEOAI_TEST_RUNS ?? 1);
  const seeds = Array.from({ length: runs }, (_, index) => index + 1);

  it.each(seeds)(
    'end with the same text, emoji and line breaks of all kinds included (seed %i)',
    seed => {
      const random = chance(seed);
      const start = seedOf('def f():\r\n    return "🙂"\r\nlast\rline\n');
      const team = [person(start), person(start), person(start)];
      for (let round = 0; round < 30; round++) {
        const one = team[random(team.length)];
        const length = one.model.getValueLength();
        const offset = random(length + 1);
        const text = PIECES[random(PIECES.length)];
        switch (random(6)) {
          case 0:
            one.shared.ysource.insert(
              random(one.shared.ysource.length + 1),
              text
            );
            break;
          case 1:
            one.shared.undo();
            break;
          case 2:
            exchange(team);
            break;
          default:
            type(one, offset, random(Math.min(6, length - offset) + 1), text);
        }
        expectSame(one);
      }
      exchange(team);
      // Collapsing what an exchange brought together is itself a change to be exchanged.
      exchange(team);
      team.forEach(expectSame);
      expect(new Set(team.map(one => one.shared.getSource())).size).toBe(1);
    }
  );
});

describe('undo', () => {
  it("takes back one's own edits only", () => {
    const start = seedOf('middle\n');
    const [ada, bob] = [person(start), person(start)];
    type(ada, 0, 0, 'ada ');
    type(bob, bob.model.getValueLength(), 0, 'bob\n');
    exchange([ada, bob]);
    ada.shared.undo();
    exchange([ada, bob]);
    expect(ada.model.getValue()).toBe('middle\nbob\n');
    expect(bob.model.getValue()).toBe('middle\nbob\n');
    ada.shared.redo();
    expect(ada.model.getValue()).toBe('ada middle\nbob\n');
  });
});

describe('the smallest replacement', () => {
  it.each([
    ['abc', 'abc', null],
    ['abc', 'abXc', { offset: 2, length: 0, text: 'X' }],
    ['aaa', 'aa', { offset: 2, length: 1, text: '' }],
    ['a🙂b', 'a🙃b', { offset: 1, length: 2, text: '🙃' }],
    ['', 'x', { offset: 0, length: 0, text: 'x' }]
  ])('from %j to %j', (before, after, expected) => {
    expect(smallestReplacement(before, after)).toEqual(expected);
  });
});
