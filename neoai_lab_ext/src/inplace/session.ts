import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';

import { type API, APIError } from '../api';
import type { IProjects } from '../projects';
import type { INeoAIReviewer, IReview } from '../review';
import { ask, type IAsked, type IWritten, NotWritten } from './asking';
import { Box } from './box';
import type { Instructions } from './history';
import { followed } from './splicing';
import { fileTarget, type IAim, type ITarget } from './targets';

export interface ISessionOptions {
  api: API;
  projects: IProjects;
  reviewer: INeoAIReviewer;
  instructions: Instructions;
  trans: TranslationBundle;
  /** Let the user choose files; the paths of those. */
  chooseFiles: () => Promise<string[]>;
  /** The text of a file that is open. */
  openText: (path: string) => string | undefined;
  contents: Contents.IManager;
  showProviders: () => void;
}

/** An instruction from the box to the changes that come of it. */
export class Session implements IDisposable {
  constructor(
    private readonly _aim: IAim,
    private readonly _options: ISessionOptions,
    /** A second key after Ctrl+K; the box is closed for it. */
    chord: (event: KeyboardEvent) => boolean,
    files: readonly string[] = []
  ) {
    const { trans, instructions } = _options;
    this._files = [...files];
    this._box = new Box(
      trans,
      {
        run: instruction => void this._run(instruction),
        stop: () => this._stop(),
        close: () => this._close(),
        addFiles: () => void this._addFiles(),
        dropFile: path => this._dropFile(path),
        chord
      },
      () => instructions.items,
      { isNew: _aim.isNew, texts: this._said() }
    );
    _aim.place.show(this._box.node);
    this._box.show(this._files);
    // Once it stands in the page.
    requestAnimationFrame(() => this._box.focus());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._running?.abort();
    this._box.dispose();
    this._aim.place.dispose();
  }

  private async _run(instruction: string): Promise<void> {
    const { _box: box, _options: options } = this;
    options.instructions.add(instruction);
    // What was proposed before is taken back; what was accepted of it stays.
    this._review?.dispose();
    this._review = null;
    box.say('');
    box.preview('');
    box.state = 'running';
    const running = (this._running = new AbortController());
    try {
      const asked = await this._texts();
      if (asked.length === 0) {
        throw new Error(options.trans.__('There is no file left to change.'));
      }
      const written = await ask({
        ...options,
        instruction,
        asked,
        around: this._aim.around,
        cache: !this._asked.has(instruction),
        signal: running.signal,
        onText: text => box.preview(text)
      });
      this._asked.add(instruction);
      if (!this._isDisposed) {
        await this._show(instruction, written);
      }
    } catch (error) {
      if (!this._isDisposed) {
        this._explain(error, running.signal.aborted);
      }
    } finally {
      this._running = null;
    }
  }

  private async _show(instruction: string, written: IWritten): Promise<void> {
    const { _box: box } = this;
    const { reviewer, trans } = this._options;
    box.state = 'written';
    const title = instruction.split('\n')[0];
    const review = await reviewer.review({
      title: title.length > LONGEST ? `${title.slice(0, LONGEST)}…` : title,
      proposals: written.proposals,
      remarks: written.remarks
    });
    if (!review) {
      const nothing = trans.__('The model changes nothing.');
      box.say([nothing, written.explanation].join(' '));
      box.focus();
      return;
    }
    box.say(written.explanation);
    this._review = review;
    void review.finished.then(() => {
      if (this._review === review) {
        this.dispose();
      }
    });
  }

  private _explain(error: unknown, isStopped: boolean): void {
    const { _box: box } = this;
    const { trans, showProviders } = this._options;
    box.state = 'asking';
    box.focus();
    if (isStopped) {
      box.say(trans.__('Stopped; nothing was changed.'));
      return;
    }
    box.say(error instanceof Error ? error.message : String(error), true);
    const code =
      error instanceof APIError || error instanceof NotWritten
        ? error.code
        : '';
    if (code === 'no-model') {
      box.offer(trans.__('AI Providers…'), showProviders);
    }
  }

  /** The texts as they are now; where they were changed since, the lines moved with them. */
  private async _texts(): Promise<IAsked[]> {
    const { openText, contents } = this._options;
    const targets = [
      ...this._aim.targets,
      ...this._files.map(path =>
        fileTarget(path, () => openText(path), contents)
      )
    ];
    const asked: IAsked[] = [];
    for (const target of targets) {
      const base = await target.read();
      const before = this._texted.get(keyOf(target));
      const span = before?.span ?? target.span;
      const now =
        span && before && before.base !== base
          ? followed(span, before.base, base)
          : span;
      const found = { target, base, span: now };
      this._texted.set(keyOf(target), found);
      asked.push(found);
    }
    return asked;
  }

  private async _addFiles(): Promise<void> {
    const known = this._aim.targets.map(({ path }) => path);
    for (const path of await this._options.chooseFiles()) {
      if (!this._files.includes(path) && !known.includes(path)) {
        this._files.push(path);
      }
    }
    this._box.show(this._files);
    this._box.focus();
  }

  private _dropFile(path: string): void {
    this._files = this._files.filter(other => other !== path);
    this._box.show(this._files);
    this._box.focus();
  }

  private _stop(): void {
    this._running?.abort(new Error('stopped'));
  }

  private _close(): void {
    this.dispose();
    this._aim.place.focus();
  }

  /** What it will change, in a few words. */
  private _said(): string {
    const { trans } = this._options;
    const { targets, isNew } = this._aim;
    if (targets.length === 0) {
      return trans.__('Whole files');
    }
    const [{ cell, span }] = targets;
    if (targets.length > 1) {
      return trans.__('%1 cells', targets.length);
    }
    if (isNew) {
      return trans.__('New code');
    }
    if (span === null) {
      return cell === undefined
        ? trans.__('The whole file')
        : trans.__('The whole cell');
    }
    const lines = span.end - span.start + 1;
    return trans._n('%1 line', '%1 lines', lines);
  }

  private readonly _asked = new Set<string>();
  private readonly _box: Box;
  private readonly _texted = new Map<string, IAsked>();
  private _files: string[];
  private _isDisposed = false;
  private _review: IReview | null = null;
  private _running: AbortController | null = null;
}

const keyOf = ({ path, cell }: ITarget): string => `${path}\n${cell ?? ''}`;

/** Of an instruction so many characters are a title. */
const LONGEST = 60;
