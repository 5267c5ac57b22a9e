import { Presence } from '../presence';

/** A model that counts what it is told, and a clock. */
function watched(isUnderHub = true) {
  const model = {
    isUnderHub,
    notices: [] as { can_keep: boolean }[],
    told: 0,
    keep: () => {
      model.told += 1;
      return Promise.resolve();
    }
  };
  const clock = { now: 0 };
  const listeners: Record<string, () => void> = {};
  const presence = new Presence(model as never, () => clock.now);
  presence.watch({
    addEventListener: ((name: string, listener: () => void) => {
      listeners[name] = listener;
    }) as never
  });
  return { model, clock, listeners };
}

describe('the presence of people', () => {
  it('is told once a minute, however much they do', () => {
    const { model, clock, listeners } = watched();
    for (clock.now = 0; clock.now < 180_000; clock.now += 1000) {
      listeners.keydown();
      listeners.pointerdown();
    }
    expect(model.told).toBe(3);
  });

  it('is told soon where the server would end for being idle', () => {
    const { model, clock, listeners } = watched();
    listeners.keydown();
    model.notices = [{ can_keep: false }, { can_keep: true }];
    clock.now = 6000;
    listeners.wheel();
    expect(model.told).toBe(2);
  });

  it('is nobody to tell of without a hub', () => {
    const { model, listeners } = watched(false);
    listeners.keydown();
    expect(model.told).toBe(0);
  });
});
