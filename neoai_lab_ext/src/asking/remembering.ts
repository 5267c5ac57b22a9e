import type { JupyterFrontEnd } from '@jupyterlab/application';

import { API, APIError } from '../api';
import type { IProjects } from '../projects';
import type { INeoAIReviewer, IProposal, IReview } from '../review';
import { type IError, givenError } from './earlier';
import { errorOf } from './excerpts';
import { cellOf, type ICellAt } from './sources';

/** What the server keeps of code. */
const MOST = 20_000;

interface IOptions {
  app: JupyterFrontEnd;
  api: API;
  projects: IProjects;
  reviewer: INeoAIReviewer;
}

/** Whoever proposed it: what is accepted in a cell that had put out an error is kept as its fix. */
export function rememberFixes({
  app,
  api,
  projects,
  reviewer
}: IOptions): void {
  const keep = async (
    before: ICellAt,
    error: IError,
    review: IReview
  ): Promise<void> => {
    const { accepted } = await review.finished;
    const after = cellOf(app, before.path, before.id)?.source ?? '';
    const project = projects.find(before.path);
    const isFix = accepted > 0 && after.trim() !== before.source.trim();
    if (!project || !isFix || !after.trim()) {
      return;
    }
    if (Math.max(after.length, before.source.length) > MOST) {
      return;
    }
    await api.post('/ai/fixes', {
      body: {
        project_id: project.id,
        error,
        before: before.source,
        after,
        language: before.panel.context.model.defaultKernelLanguage || '',
        path: before.path.slice(project.path.length + 1),
        cell: before.id
      }
    });
  };
  const begin = ({ path, cell: id }: IProposal, review: IReview) => {
    const cell = id === undefined ? null : cellOf(app, path, id);
    const error = cell && errorOf(cell.outputs);
    if (cell && error) {
      keep(cell, givenError(error), review).catch((failure: unknown) => {
        // Nobody asked for it: where it may not be kept, there is nothing to be done about it.
        if (!(failure instanceof APIError && failure.status < 500)) {
          console.warn('The fix is not kept.', failure);
        }
      });
    }
  };
  reviewer.begun.connect((_, { review, proposals }) =>
    proposals.forEach(proposal => begin(proposal, review))
  );
}
