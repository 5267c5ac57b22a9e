import { nullTranslator } from '@jupyterlab/translation';

import { Follower } from '../follower';
import { type IChange, type IOffer, Offers } from '../offers';
import { Recents } from '../recents';
import { TextSurface } from './textsurface';

const TEXT = 'def area(width):\n    return width\n\n\nrooms = 1\n';

const use = (text = 'breadth', line = 2): IOffer => ({
  path: 'a.ipynb',
  range: {
    startLineNumber: line,
    startColumn: 12,
    endLineNumber: line,
    endColumn: 17
  },
  old: 'width',
  new: text,
  reason: 'width was renamed'
});

interface IMade {
  surface: TextSurface;
  offers: Offers;
  follower: Follower;
  changes: IChange[];
  /** Let all that comes soon come. */
  settle: () => Promise<void>;
  takesTab: () => Promise<boolean>;
  /** As when the server has answered. */
  offer: (...items: IOffer[]) => void;
}

function made(suggestsAtTab: boolean): IMade {
  const surface = new TextSurface('a.ipynb', TEXT, suggestsAtTab);
  const offers = new Offers();
  const changes: IChange[] = [];
  const follower = new Follower({
    surface,
    offers,
    recents: new Recents(),
    trans: nullTranslator.load(''),
    isFirst: () => true,
    isAccepting: () => false,
    nameOf: () => '',
    named: () => undefined,
    changed: edits => {
      changes.push(...edits);
      offers.edited(surface.path, edits);
    },
    edited: () => undefined
  });
  const settle = () => new Promise<void>(resolve => setTimeout(resolve));
  return {
    surface,
    offers,
    follower,
    changes,
    settle,
    takesTab: async () => {
      follower.show();
      await settle();
      return surface.shown?.takesTab ?? false;
    },
    offer: (...items) => {
      if (offers.replace(items, true)) {
        follower.left.claim();
      }
    }
  };
}

/** `width` is renamed to `breadth` where it is defined, and its use is offered. */
async function renamed(suggestsAtTab: boolean): Promise<IMade> {
  const all = made(suggestsAtTab);
  const { surface, settle, offer } = all;
  surface.cursor = { lineNumber: 1, column: 15 };
  surface.erase(5);
  surface.type('breadth');
  await settle();
  offer(use());
  return all;
}

describe('Tab where it suggests names', () => {
  it('goes to the place from where the edit left the cursor, and accepts there', async () => {
    const { surface, takesTab, follower } = await renamed(true);
    expect(await takesTab()).toBe(true);
    expect(surface.shown?.hint?.key).toBe('Tab ↹');
    await follower.goTo(use());
    expect(await takesTab()).toBe(true);
  });

  it('suggests them behind what is typed elsewhere, though places are offered', async () => {
    const { surface, takesTab, settle, offer } = await renamed(true);
    surface.cursor = { lineNumber: 4, column: 1 };
    surface.type('df.');
    await settle();
    expect(await takesTab()).toBe(false);
    expect(surface.shown?.hint?.key).toBe('Click');
    offer(use());
    expect(await takesTab()).toBe(false);
    surface.cursor = { lineNumber: 5, column: 4 };
    expect(await takesTab()).toBe(false);
    surface.cursor = { lineNumber: 1, column: 17 };
    expect(await takesTab()).toBe(true);
  });

  it('suggests them behind what is typed on, and goes again once that is taken back', async () => {
    const { surface, takesTab, settle, offer } = await renamed(true);
    surface.type('=df');
    await settle();
    offer(use());
    expect(await takesTab()).toBe(false);
    surface.erase(4);
    surface.type('h');
    await settle();
    offer(use());
    expect(await takesTab()).toBe(true);
    surface.type('_m');
    await settle();
    expect(await takesTab()).toBe(false);
    offer(use('breadth_m'));
    expect(await takesTab()).toBe(true);
  });

  it('suggests them behind a dot, whatever the edit led to', async () => {
    const { surface, takesTab, settle, offer } = made(true);
    surface.cursor = { lineNumber: 4, column: 1 };
    surface.type('np.');
    await settle();
    offer(use('import numpy as np'));
    expect(await takesTab()).toBe(false);
  });

  it('goes on from where what was accepted left the cursor, also if others edit above', async () => {
    const { surface, takesTab, follower, offers } = await renamed(true);
    const last = { ...use(), range: { ...use().range }, old: 'rooms' };
    last.range = {
      startLineNumber: 5,
      startColumn: 1,
      endLineNumber: 5,
      endColumn: 6
    };
    offers.replace([use(), last], true);
    // Its own edit takes it from what is offered.
    expect(follower.accept(use())).toBe(true);
    expect(offers.current?.old).toBe('rooms');
    expect(await takesTab()).toBe(true);
    const { lineNumber, column } = surface.cursor;
    surface.write({ lineNumber: 1, column: 1 }, 0, '# areas\n', false);
    surface.cursor = { lineNumber: lineNumber + 1, column };
    expect(await takesTab()).toBe(true);
  });
});

describe('Tab where the list of names comes by itself', () => {
  it('goes to the place from anywhere but the beginning of a line, where it indents', async () => {
    const { surface, takesTab } = await renamed(false);
    surface.cursor = { lineNumber: 5, column: 4 };
    expect(await takesTab()).toBe(true);
    surface.cursor = { lineNumber: 4, column: 1 };
    expect(await takesTab()).toBe(false);
    expect(surface.shown?.hint?.key).toBe('Click');
  });
});

describe('What is accepted', () => {
  it('is told as what became of the text', async () => {
    const { surface, follower, changes } = await renamed(true);
    changes.length = 0;
    expect(follower.accept(use())).toBe(true);
    expect(surface.lineAt(2)).toBe('    return breadth');
    expect(changes).toHaveLength(1);
  });

  it('is not where nothing could be written, or something else stands there', async () => {
    const { surface, follower, changes } = await renamed(true);
    changes.length = 0;
    surface.isFixed = true;
    expect(follower.accept(use())).toBe(false);
    surface.isFixed = false;
    expect(follower.accept(use('breadth', 1))).toBe(false);
    surface.isReadOnly = true;
    expect(follower.accept(use())).toBe(false);
    expect(changes).toEqual([]);
  });
});
