import type { API, components } from '../api';
import type { IProjects } from '../projects';
import type { IProposal, IRemark } from '../review';
import { type ISpan, spliced } from './splicing';
import type { IAim, ITarget } from './targets';

type Generated = components['schemas']['GeneratedCode'];

/** A text as it was when a model was asked. */
export interface IAsked {
  readonly target: ITarget;
  readonly base: string;
  readonly span: ISpan | null;
}

export interface IWritten {
  readonly proposals: IProposal[];
  readonly remarks: IRemark[];
  readonly explanation: string;
  readonly model: string;
}

interface IOptions {
  api: API;
  projects: IProjects;
  instruction: string;
  asked: readonly IAsked[];
  around: IAim['around'];
  /** Whether an earlier reply to the same will do. */
  cache: boolean;
  signal: AbortSignal;
  /** The reply so far. */
  onText: (text: string) => void;
}

/** The server, or a model, could not do it; `code` is the kind of problem. */
export class NotWritten extends Error {
  constructor(
    message: string,
    readonly code: string
  ) {
    super(message);
  }
}

/** Ask a model for the changes. Rejects with `NotWritten`, `APIError`, or the signal's reason. */
export async function ask(options: IOptions): Promise<IWritten> {
  const { api, asked, instruction, projects } = options;
  const project = projects.find(asked[0].target.path);
  const outside = asked.find(
    ({ target }) => projects.find(target.path)?.id !== project?.id
  );
  if (outside) {
    throw new NotWritten(
      `${outside.target.path}: all files must be of one project.`,
      'projects'
    );
  }
  const inside = (path: string) =>
    project?.path ? path.slice(project.path.length + 1) : path;
  const { around } = options;
  const events = api.stream('/ai/code-generation', {
    signal: options.signal,
    body: {
      instruction,
      project_id: project?.id ?? null,
      stream: true,
      cache: options.cache,
      texts: asked.map(({ target, base, span }) => ({
        path: inside(target.path),
        cell: target.cell ?? null,
        text: base,
        language: target.language,
        start_line: span?.start ?? null,
        end_line: span?.end ?? null
      })),
      ...(around && {
        context: { open_file: { ...around, path: inside(around.path) } }
      })
    }
  });
  let text = '';
  for await (const { name, data } of events) {
    if (name === 'delta') {
      text += (data as { text: string }).text;
      options.onText(text);
    } else if (name === 'restart') {
      text = '';
      options.onText(text);
    } else if (name === 'error') {
      const { detail, code } = data as { detail: string; code: string };
      throw new NotWritten(detail, code);
    } else if (name === 'end') {
      return written(data as Generated, asked, inside);
    }
  }
  throw new NotWritten('The reply broke off.', 'model-cut');
}

function written(
  reply: Generated,
  asked: readonly IAsked[],
  inside: (path: string) => string
): IWritten {
  const proposals: IProposal[] = [];
  for (const edit of reply.edits) {
    const id = 'cell' in edit ? edit.cell : null;
    const found = asked.find(
      ({ target }) =>
        inside(target.path) === edit.path && (target.cell ?? null) === id
    );
    if (found) {
      const { path, cell } = found.target;
      const span = { start: edit.start_line, end: edit.end_line };
      const isEmpty = found.base.trim() === '' && cell !== undefined;
      const put = isEmpty ? edit.text.replace(/\n$/, '') : edit.text;
      const proposed = spliced(found.base, span, put);
      proposals.push({ path, cell, base: found.base, proposed });
    }
  }
  const several = asked.length > 1;
  const remarks = reply.checks
    .filter(({ severity }) => severity !== 'info')
    .map(check => {
      const place = several && 'path' in check ? `${check.path}:` : '';
      const line = check.line === null ? '' : `${check.line}: `;
      return {
        severity: check.severity,
        message: place + line + check.message
      };
    });
  const { explanation, model } = reply;
  return { proposals, remarks, explanation, model };
}
