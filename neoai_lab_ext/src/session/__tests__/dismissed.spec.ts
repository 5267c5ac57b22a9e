import { Dismissed } from '../dismissed';

function stored(first?: string): Pick<Storage, 'getItem' | 'setItem'> {
  let kept = first ?? null;
  return { getItem: () => kept, setItem: (_, value) => (kept = value) };
}

describe('what was dismissed', () => {
  it('is known to a page that is opened later, and to the hub', () => {
    const storage = stored('["7"]');
    new Dismissed(() => storage).add('8');
    const later = new Dismissed(() => storage);
    expect(['7', '8', '9'].map(id => later.has(id))).toEqual([
      true,
      true,
      false
    ]);
    expect(storage.getItem('neoai-dismissed')).toBe('["7","8"]');
  });

  it('is forgotten once there is much of it', () => {
    const dismissed = new Dismissed(() => storage);
    const storage = stored();
    for (let id = 0; id < 150; id++) {
      dismissed.add(String(id));
    }
    expect(dismissed.has('49')).toBe(false);
    expect(dismissed.has('50')).toBe(true);
  });

  it.each(['{', '{}', 'null', '7'])('is nothing where %s is kept', text => {
    expect(new Dismissed(() => stored(text)).has('7')).toBe(false);
  });

  it('is nothing where the browser keeps nothing', () => {
    const dismissed = new Dismissed(() => {
      throw new Error('no storage');
    });
    dismissed.add('1');
    expect(dismissed.has('1')).toBe(false);
  });
});
