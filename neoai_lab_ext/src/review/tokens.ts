import { Token } from '@lumino/coreutils';
import type { IObservableDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';

/** A text as somebody proposes it. */
export interface IProposal {
  /** Relative to the server's root. */
  path: string;
  /** The id of a notebook's cell, of which it is the source; without it the text is the file's. */
  cell?: string;
  /** The whole text. */
  proposed: string;
  /** What it was made from; what is changed since then stays. Without it: the text as it is. */
  base?: string;
  /** The text with the error that it is to mend, where somebody asked for that. */
  mends?: string;
}

/** Something to be known before one decides, such as what a check has found. */
export interface IRemark {
  severity: 'error' | 'warning' | 'info';
  message: string;
}

export interface IReviewOptions {
  /** Whose proposal it is, in a few words. */
  title: string;
  proposals: readonly IProposal[];
  remarks?: readonly IRemark[];
}

/** How much of a review is decided. */
export interface ICounts {
  open: number;
  /** Those that no longer apply. */
  stale: number;
  accepted: number;
  rejected: number;
}

/** Proposed changes while they are being decided on, hunk by hunk. It goes with the last decision. */
export interface IReview extends IObservableDisposable {
  readonly title: string;
  readonly counts: ICounts;
  /** A hunk was decided, or applies again, or no longer. */
  readonly changed: ISignal<IReview, void>;
  /** What became of the hunks, when all are decided or the review was taken back. */
  readonly finished: Promise<ICounts>;
  /** Make all changes that apply, each text's as one step of undo; opens what is not open. */
  acceptAll(): Promise<void>;
  /** Drop all changes that are not made. */
  rejectAll(): void;
}

/** A review that has begun, and what is proposed in it. */
export interface IReviewBegun {
  readonly review: IReview;
  readonly proposals: readonly IProposal[];
}

/** Shows proposed changes in the editors of their files and cells. */
export interface INeoAIReviewer {
  /** A review has begun; nothing of it is accepted yet. */
  readonly begun: ISignal<INeoAIReviewer, IReviewBegun>;
  /**
   * Show what is proposed, with the keyboard at the first change. A text of which another review is
   * open is asked about first. Null: nothing differs, or that review was kept. Rejects where a text
   * cannot be opened. Nothing is written before somebody accepts it.
   */
  review(options: IReviewOptions): Promise<IReview | null>;
}

export const INeoAIReviewer = new Token<INeoAIReviewer>(
  '@neoai/lab:INeoAIReviewer',
  'Shows proposed changes in place, to be accepted or rejected hunk by hunk.'
);

/** The commands on the review in front; `review` begins one, with `IReviewOptions` as arguments. */
export const CommandIDs = {
  review: 'neoai:review-proposal',
  accept: 'neoai:accept-proposed-change',
  reject: 'neoai:reject-proposed-change',
  acceptAll: 'neoai:accept-all-proposed-changes',
  rejectAll: 'neoai:reject-all-proposed-changes',
  next: 'neoai:next-proposed-change',
  previous: 'neoai:previous-proposed-change'
} as const;
