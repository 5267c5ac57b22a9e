import type { JupyterFrontEnd } from '@jupyterlab/application';

import { API, APIError, type components } from '../api';
import type { IProjects } from '../projects';
import type { INeoAIReviewer, IProposal, IReview } from '../review';
import { type IError, givenError } from './earlier';
import { errorOf } from './excerpts';
import { cellOf, type ICellAt, textOf } from './sources';

/** A fix in a file, whose path is relative to the server's root. */
type IFix = Required<Omit<components['schemas']['FixRecord'], 'project_id'>>;

/** What the server keeps of code. */
const MOST = 20_000;

interface IOptions {
  app: JupyterFrontEnd;
  api: API;
  projects: IProjects;
  reviewer: INeoAIReviewer;
}

/**
 * Keeps as the fix of an error what is accepted in a cell that had put it out, whoever proposed it,
 * and in a file what was proposed to mend it.
 */
export function rememberFixes({
  app,
  api,
  projects,
  reviewer
}: IOptions): void {
  const keep = async (fix: IFix): Promise<void> => {
    const project = projects.find(fix.path);
    const { before, after } = fix;
    if (!project || !after.trim() || after.trim() === before.trim()) {
      return;
    }
    if (Math.max(after.length, before.length) > MOST) {
      return;
    }
    const path = fix.path.slice(project.path ? project.path.length + 1 : 0);
    await api.post('/ai/fixes', {
      body: { ...fix, project_id: project.id, path }
    });
  };
  const inCell = async (cell: ICellAt, error: IError, review: IReview) => {
    const { path, id, source, panel } = cell;
    if ((await review.finished).accepted > 0) {
      await keep({
        error,
        before: source,
        after: cellOf(app, path, id)?.source ?? '',
        language: panel.context.model.defaultKernelLanguage || '',
        path,
        cell: id
      });
    }
  };
  const inFile = async (path: string, mends: string, review: IReview) => {
    const before = textOf(app, path);
    if ((await review.finished).accepted > 0) {
      const after = textOf(app, path);
      const error = { name: '', message: '', traceback: mends.slice(-100_000) };
      if (before !== null && after !== null) {
        const { narrowed } = await import('./narrowing');
        const part = narrowed(before, after);
        await keep({ error, ...part, language: '', path, cell: '' });
      }
    }
  };
  const begin = (proposal: IProposal, review: IReview): Promise<void> => {
    const { path, cell: id, mends } = proposal;
    if (id === undefined) {
      return mends ? inFile(path, mends, review) : Promise.resolve();
    }
    const cell = cellOf(app, path, id);
    const error = cell && errorOf(cell.outputs);
    return cell && error
      ? inCell(cell, givenError(error), review)
      : Promise.resolve();
  };
  reviewer.begun.connect((_, { review, proposals }) =>
    proposals.forEach(proposal =>
      begin(proposal, review).catch((failure: unknown) => {
        // Nobody asked for it: where it may not be kept, there is nothing to be done about it.
        if (!(failure instanceof APIError && failure.status < 500)) {
          console.warn('The fix is not kept.', failure);
        }
      })
    )
  );
}
