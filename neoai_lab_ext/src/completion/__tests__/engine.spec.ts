import type { IPiece } from '../asking';
import { CompletionEngine } from '../engine';
import type { IPlace } from '../place';
import { DEFAULTS, type ICompletionSettings } from '../settings';
import { CompletionStatus } from '../status';

jest.useFakeTimers();

const EDITOR = {};

function place(before: string, more: Partial<IPlace> = {}): IPlace {
  return {
    before,
    offset: before.length,
    after: '',
    language: 'python',
    path: 'a.py',
    ...more
  };
}

/** A question that a test answers by hand. */
class Question {
  constructor(
    readonly place: IPlace,
    readonly n: number,
    readonly signal: AbortSignal
  ) {
    signal.addEventListener('abort', () => this._wake());
  }

  give(text: string, index = 0): void {
    this._pieces.push({ index, text, isWhole: false });
    this._wake();
  }

  end(): void {
    this._isOver = true;
    this._wake();
  }

  fail(error: Error): void {
    this._error = error;
    this._wake();
  }

  async *pieces(): AsyncGenerator<IPiece> {
    while (true) {
      while (this._pieces.length) {
        yield this._pieces.shift()!;
      }
      if (this.signal.aborted) {
        throw this.signal.reason;
      }
      if (this._error) {
        throw this._error;
      }
      if (this._isOver) {
        return;
      }
      await new Promise<void>(resolve => {
        this._wake = resolve;
      });
    }
  }

  private readonly _pieces: IPiece[] = [];
  private _isOver = false;
  private _error: Error | null = null;
  private _wake: () => void = () => undefined;
}

class Bench {
  readonly questions: Question[] = [];
  readonly status = new CompletionStatus(() => Date.now());
  settings: ICompletionSettings = { ...DEFAULTS };
  readonly engine = new CompletionEngine({
    ask: (where, n, _, signal) => {
      const question = new Question(where, n, signal);
      this.questions.push(question);
      return question.pieces();
    },
    status: this.status,
    settings: () => this.settings
  });

  constructor() {
    this.status.hasModel = true;
  }

  get last(): Question {
    return this.questions[this.questions.length - 1];
  }
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

async function answered(bench: Bench, before: string, text: string) {
  const found = bench.engine.suggest(EDITOR, place(before));
  await pass(DEFAULTS.debounce);
  bench.last.give(text);
  bench.last.end();
  return found;
}

describe('CompletionEngine', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
  });

  it('asks once for keys that follow one another', async () => {
    const first = bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce - 1);
    const second = bench.engine.suggest(EDITOR, place('x '));
    await pass(DEFAULTS.debounce);
    expect(bench.questions.map(q => q.place.before)).toEqual(['x ']);
    bench.last.give('= 1');
    bench.last.end();
    expect(await first).toBeNull();
    expect((await second)!.items).toEqual(['= 1']);
  });

  it('asks nothing while what is suggested is typed, word by word too', async () => {
    await answered(bench, 'x', ' = value + 1');
    for (const typed of [' ', ' = ', ' = value', ' = value + ']) {
      const found = await bench.engine.suggest(EDITOR, place(`x${typed}`));
      expect(found!.items).toEqual([' = value + 1'.slice(typed.length)]);
    }
    const back = await bench.engine.suggest(EDITOR, place('x'));
    expect(back!.items).toEqual([' = value + 1']);
    expect(bench.questions).toHaveLength(1);
  });

  it('takes for typed what the editor has closed', async () => {
    await answered(bench, 'print', '(total)');
    const found = await bench.engine.suggest(
      EDITOR,
      place('print(', { after: ')' })
    );
    expect(found!.items).toEqual(['total']);
    expect(bench.questions).toHaveLength(1);
  });

  it('asks anew where something else is typed, and drops the question before', async () => {
    void bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    bench.last.give(' = 1');
    await pass(0);
    void bench.engine.suggest(EDITOR, place('xy'));
    expect(bench.questions[0].signal.aborted).toBe(true);
    await pass(DEFAULTS.debounce);
    expect(bench.questions).toHaveLength(2);
    expect(bench.status.state).toBe('thinking');
  });

  it('asks where one is now, when what comes was for less that was typed', async () => {
    void bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    const found = bench.engine.suggest(EDITOR, place('x = '));
    await pass(DEFAULTS.debounce);
    expect(bench.questions).toHaveLength(1);
    bench.last.give('.sum()');
    await pass(0);
    expect(bench.questions.map(q => q.place.before)).toEqual(['x', 'x = ']);
    expect(bench.questions[0].signal.aborted).toBe(true);
    bench.last.give('1');
    bench.last.end();
    expect((await found)!.items).toEqual(['1']);
    expect(bench.questions).toHaveLength(2);
  });

  it('asks once more at most where nothing is suggested', async () => {
    void bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    const found = bench.engine.suggest(EDITOR, place('x = '));
    bench.last.end();
    await pass(0);
    expect(bench.questions).toHaveLength(2);
    bench.last.end();
    expect(await found).toBeNull();
    expect(bench.questions).toHaveLength(2);
  });

  it('goes on with a question while its beginning is typed', async () => {
    const found = bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    bench.last.give(' =');
    expect(await found).toEqual({ items: [' ='], isComplete: false });
    const typed = bench.engine.suggest(EDITOR, place('x = '));
    await pass(DEFAULTS.debounce);
    bench.last.give(' = 1');
    expect((await typed)!.items).toEqual(['1']);
    expect(bench.questions).toHaveLength(1);
    expect(bench.questions[0].signal.aborted).toBe(false);
  });

  it('streams what comes further up to its end', async () => {
    const where = place('x');
    const found = bench.engine.suggest(EDITOR, where);
    await pass(DEFAULTS.debounce);
    bench.last.give(' =');
    await found;
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { items } of bench.engine.updates(EDITOR, where)) {
        seen.push(...items);
      }
    })();
    await pass(0);
    bench.last.give(' = 1');
    await pass(0);
    bench.last.end();
    await reading;
    expect(new Set(seen)).toEqual(new Set([' =', ' = 1']));
  });

  it('asks each editor on its own, and a place in another file is another', async () => {
    await answered(bench, 'x', ' = 1');
    void bench.engine.suggest({}, place('x', { path: 'b.py' }));
    await pass(DEFAULTS.debounce);
    expect(bench.questions).toHaveLength(2);
  });

  it('asks for alternatives at once where somebody asks on purpose', async () => {
    const found = bench.engine.suggest(EDITOR, place('x'), { isInvoked: true });
    await pass(0);
    expect(bench.last.n).toBe(3);
    bench.last.give(' = 1', 0);
    bench.last.give(' = 2', 1);
    bench.last.end();
    await found;
    const again = await bench.engine.suggest(EDITOR, place('x'), {
      isInvoked: true
    });
    expect(again!.items).toEqual([' = 1', ' = 2']);
    expect(bench.questions).toHaveLength(1);
  });

  it('remembers that nothing belongs somewhere', async () => {
    const found = bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    bench.last.end();
    expect(await found).toBeNull();
    expect((await bench.engine.suggest(EDITOR, place('x')))!.items).toEqual([]);
    expect(bench.questions).toHaveLength(1);
  });

  it.each([
    ['without a model', (b: Bench) => void (b.status.hasModel = false)],
    ['while it is not known', (b: Bench) => void (b.status.hasModel = null)],
    ['while it is paused', (b: Bench) => void (b.status.isEnabled = false)],
    [
      'in a language that is off',
      (b: Bench) => void (b.settings.languagesOff = ['python'])
    ]
  ])('asks nothing %s', async (_, arrange) => {
    arrange(bench);
    expect(
      await bench.engine.suggest(EDITOR, place('x'), { isInvoked: true })
    ).toBeNull();
    await pass(10_000);
    expect(bench.questions).toHaveLength(0);
  });

  it('asks no more for a while after an error, unless on purpose', async () => {
    const found = bench.engine.suggest(EDITOR, place('x'));
    await pass(DEFAULTS.debounce);
    bench.last.fail(new Error('The limit is reached.'));
    expect(await found).toBeNull();
    expect(bench.status.state).toBe('error');
    expect(bench.status.detail).toBe('The limit is reached.');
    await bench.engine.suggest(EDITOR, place('xy'));
    await pass(DEFAULTS.debounce);
    expect(bench.questions).toHaveLength(1);
    void bench.engine.suggest(EDITOR, place('xyz'), { isInvoked: true });
    await pass(0);
    expect(bench.questions).toHaveLength(2);
    bench.last.fail(new Error('Still.'));
    await pass(9_000);
    await bench.engine.suggest(EDITOR, place('a'));
    expect(bench.questions).toHaveLength(2);
    await pass(1_500);
    void bench.engine.suggest(EDITOR, place('ab'));
    await pass(DEFAULTS.debounce);
    expect(bench.questions).toHaveLength(3);
  });

  it('drops the question of an editor that nobody waits in', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    void bench.engine.suggest(EDITOR, place('x'), { signal });
    await pass(DEFAULTS.debounce);
    controller.abort();
    await pass(1_000);
    expect(bench.last.signal.aborted).toBe(true);
    expect(bench.status.state).toBe('ready');
  });

  it('keeps the question of an editor that left only what it had asked before', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    void bench.engine.suggest(EDITOR, place('x'), { signal });
    void bench.engine.suggest(EDITOR, place('y'));
    controller.abort();
    await pass(1_000);
    expect(bench.last.signal.aborted).toBe(false);
  });
});
