import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Review } from './review';
import type { Reviewer } from './reviewer';
import { CommandIDs, type IReviewOptions } from './tokens';

/** Where the keys of a review hold: while there is one. */
const REVIEWING = 'neoai-mod-reviewing';

const PROPOSAL = {
  type: 'object',
  required: ['title', 'proposals'],
  properties: {
    title: { type: 'string' },
    proposals: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'proposed'],
        properties: {
          path: { type: 'string' },
          cell: { type: 'string' },
          proposed: { type: 'string' },
          base: { type: 'string' }
        }
      }
    }
  }
} as const;

/** The commands that decide on proposed changes. */
export function addCommands(
  app: JupyterFrontEnd,
  reviewer: Reviewer,
  palette: ICommandPalette | null,
  trans: TranslationBundle
): void {
  const commands: [string, string, (review: Review) => unknown][] = [
    [
      CommandIDs.accept,
      trans.__('Accept Proposed Change'),
      review => review.decide('accept')
    ],
    [
      CommandIDs.reject,
      trans.__('Reject Proposed Change'),
      review => review.decide('reject')
    ],
    [
      CommandIDs.acceptAll,
      trans.__('Accept All Proposed Changes'),
      review => review.acceptAll()
    ],
    [
      CommandIDs.rejectAll,
      trans.__('Reject All Proposed Changes'),
      review => review.rejectAll()
    ],
    [CommandIDs.next, trans.__('Next Proposed Change'), review => review.go(1)],
    [
      CommandIDs.previous,
      trans.__('Previous Proposed Change'),
      review => review.go(-1)
    ]
  ];
  for (const [command, label, run] of commands) {
    app.commands.addCommand(command, {
      label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => reviewer.current !== null,
      execute: async () => {
        const review = reviewer.current;
        if (review) {
          await run(review);
        }
      }
    });
    palette?.addItem({ command, category: trans.__('NeoAI') });
  }
  app.commands.addCommand(CommandIDs.review, {
    label: trans.__('Review a Proposal'),
    describedBy: { args: PROPOSAL },
    execute: async args => {
      const options = args as unknown as IReviewOptions;
      try {
        return (await reviewer.review(options))?.finished ?? null;
      } catch (error) {
        await showErrorMessage(trans.__('Cannot be shown'), error as Error);
        return null;
      }
    }
  });
  reviewer.changed.connect(() => {
    const isReviewing = reviewer.current !== null;
    document.body.classList.toggle(REVIEWING, isReviewing);
    for (const [command] of commands) {
      app.commands.notifyCommandChanged(command);
    }
  });
}
