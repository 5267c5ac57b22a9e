import { saveAll } from '../saving';

/** A document, with what becomes of a save. */
function document(
  localPath: string,
  dirty: boolean,
  save: (model: { dirty: boolean }) => Promise<void> = model => {
    model.dirty = false;
    return Promise.resolve();
  }
) {
  const model = { dirty };
  const context = {
    localPath,
    model,
    saves: 0,
    save: () => {
      context.saves += 1;
      return save(model);
    }
  };
  return context;
}

describe('saving everything', () => {
  it('saves what has unsaved edits, each document once', async () => {
    const edited = document('a.py', true);
    const same = document('b.py', false);
    expect(await saveAll([edited, same, edited])).toEqual([]);
    expect([edited.saves, same.saves]).toEqual([1, 0]);
  });

  it('names what cannot be saved, and saves the rest', async () => {
    const refused = document('a.py', true, () => Promise.reject(new Error()));
    const given = document('b.py', true, () => Promise.resolve());
    const edited = document('c.py', true);
    expect(await saveAll([refused, given, edited])).toEqual(['a.py', 'b.py']);
    expect(edited.model.dirty).toBe(false);
  });

  it('waits for no answer of somebody who may not be there', async () => {
    const asking = document('a.py', true, () => new Promise(() => undefined));
    expect(await saveAll([asking], 10)).toEqual(['a.py']);
  });
});
