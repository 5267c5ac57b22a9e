import { type API, APIError } from '../api';
import type { IProjects } from '../projects';
import type { IPlace } from './place';

/** A suggestion as far as it has come; `isWhole`: nothing more comes. */
export interface IPiece {
  readonly index: number;
  readonly text: string;
  readonly isWhole: boolean;
}

/** Ask for `n` suggestions; rejects with what the server says. */
export type Ask = (
  place: IPlace,
  n: number,
  multiline: boolean,
  signal: AbortSignal
) => AsyncIterable<IPiece>;

interface IData {
  index: number;
  text: string;
  code: string;
  detail: string;
}

/** Asks the server, whose address of it streams. */
export function askServer(api: API, projects: IProjects | null): Ask {
  return async function* (place, n, multiline, signal) {
    const texts = new Map<number, string>();
    const body = { ...bodyOf(place, projects), n, multiline, stream: true };
    for await (const { name, data } of api.stream('/ai/completions', {
      body,
      signal
    })) {
      const { index, text, code, detail } = data as IData;
      if (name === 'error') {
        throw new APIError(detail, 503, code, '');
      }
      if (name === 'delta') {
        texts.set(index, (texts.get(index) ?? '') + text);
      } else if (name === 'restart') {
        texts.set(index, '');
      } else if (name === 'item') {
        texts.set(index, text);
      } else {
        continue;
      }
      yield { index, text: texts.get(index)!, isWhole: name === 'item' };
    }
  };
}

function bodyOf(place: IPlace, projects: IProjects | null) {
  const { before, after, language, path, cells } = place;
  const project = path ? (projects?.find(path) ?? null) : null;
  const within =
    project && project.path !== '.' && project.path !== ''
      ? path.slice(project.path.length + 1)
      : path;
  return {
    prefix: before,
    suffix: after,
    language,
    path: within,
    ...(project ? { project_id: project.id } : {}),
    ...(cells ? { cells } : {})
  };
}
