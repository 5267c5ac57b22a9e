import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Review } from './review';
import type { Texts } from './texts';
import type {
  INeoAIReviewer,
  IReview,
  IReviewBegun,
  IReviewOptions
} from './tokens';

/** The reviews that are open; a text has one at most. */
export class Reviewer implements INeoAIReviewer {
  /** `confirm` asks whether the open review of a file may go. */
  constructor(
    private readonly _texts: Texts,
    private readonly _confirm: (path: string) => Promise<boolean>,
    private readonly _trans: TranslationBundle
  ) {}

  /** A review began, ended or went on. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get begun(): ISignal<this, IReviewBegun> {
    return this._begun;
  }

  /** The review that commands are about: of what is in front, else the latest. */
  get current(): Review | null {
    const inFront = this._reviews.find(review =>
      review.isIn(this._texts.current)
    );
    return inFront ?? this._reviews.at(-1) ?? null;
  }

  async review(options: IReviewOptions): Promise<IReview | null> {
    const { title, proposals, remarks = [] } = options;
    for (const { path, cell } of proposals) {
      const before = this._reviews.find(({ parts }) =>
        parts.some(
          ({ place, hunks }) =>
            place.path === path &&
            place.cell === cell &&
            hunks.undecided.length > 0
        )
      );
      if (before && !(await this._confirm(path))) {
        return null;
      }
      before?.dispose();
    }
    const { Review } = await import('./review');
    const review = new Review({
      title,
      remarks,
      texts: this._texts,
      trans: this._trans
    });
    try {
      for (const proposal of proposals) {
        await review.add(proposal);
      }
    } catch (error) {
      review.dispose();
      throw error;
    }
    if (review.parts.length === 0) {
      review.dispose();
      return null;
    }
    this._reviews.push(review);
    review.changed.connect(() => this._changed.emit());
    review.disposed.connect(() => {
      this._reviews = this._reviews.filter(other => other !== review);
      this._changed.emit();
    });
    this._changed.emit();
    this._begun.emit({ review, proposals });
    await review.goTo(review.parts[0]);
    return review;
  }

  /** A tab was opened: show in it what there is. */
  async attach(widget: IDocumentWidget): Promise<void> {
    if (this._reviews.length > 0) {
      await widget.context.ready;
      for (const review of this._reviews) {
        await review.attach(widget);
      }
    }
  }

  private readonly _begun = new Signal<this, IReviewBegun>(this);
  private readonly _changed = new Signal<this, void>(this);
  private _reviews: Review[] = [];
}
