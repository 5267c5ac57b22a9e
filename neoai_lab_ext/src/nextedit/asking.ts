import type { API } from '../api';
import type { IProjects, Project } from '../projects';
import type { IOffer } from './offers';
import type { ISurface } from './surface';
import type { ITold } from './told';

/** In UTF-16 units: longer texts are not looked into. */
export const LONGEST = 1_000_000;
/** In UTF-16 units, all unsaved files together. */
const LONGEST_OPEN = 2_000_000;

/** A file before its latest edits and now; the path is relative to the server's root. */
export interface IEdited {
  path: string;
  before: string;
  after: string;
  language: string;
  /** What a language server said of definitions before they were edited. */
  told: readonly ITold[];
}

/** A file whose text is not saved. */
export interface IOpenText {
  path: string;
  text: string;
  language: string;
}

/** The places that the server finds, and why no model filled them in. */
export interface IAnswer {
  offers: IOffer[];
  problem: string;
}

/** Asks the server which places must change too; `edited` has the file in front first. */
export class Asking {
  constructor(
    private readonly _api: API,
    private readonly _projects: IProjects | null
  ) {}

  async ask(
    edited: readonly IEdited[],
    open: readonly IOpenText[],
    fill: number,
    signal: AbortSignal
  ): Promise<IAnswer> {
    const project = this._projects?.find(edited[0].path) ?? null;
    const own = <T extends { path: string }>(files: readonly T[]): T[] =>
      files.flatMap(file => {
        const path = within(project, file.path);
        const isOwn = project
          ? this._projects?.find(file.path) === project
          : file.path === edited[0].path;
        return path !== null && isOwn ? [{ ...file, path }] : [];
      });
    const [front, ...recent] = own(edited).map(({ told, ...file }) => ({
      ...file,
      references: told.map(({ places, ...name }) => ({
        ...name,
        places: own(places)
      }))
    }));
    const { items, problem } = await this._api.post('/ai/next-edits', {
      body: {
        ...front,
        ...(project ? { project_id: project.id } : {}),
        recent,
        open: own(open),
        fill
      },
      signal
    });
    const offers = items.map(item => ({
      path: project?.path ? `${project.path}/${item.path}` : item.path,
      range: {
        startLineNumber: item.start_line,
        startColumn: item.start_column,
        endLineNumber: item.end_line,
        endColumn: item.end_column
      },
      old: item.old,
      new: item.new ?? null,
      reason: item.reason,
      isDoubtful: item.doubtful
    }));
    return { offers, problem: problem ?? '' };
  }
}

/** Other texts than the edited ones that the server cannot read as they are. */
export function unsaved(
  surfaces: readonly ISurface[],
  edited: readonly IEdited[]
): IOpenText[] {
  const open: IOpenText[] = [];
  let left = LONGEST_OPEN;
  for (const surface of surfaces) {
    const { path, language } = surface;
    const isKnown = [...edited, ...open].some(each => each.path === path);
    if (surface.isUnsaved && !isKnown) {
      left -= surface.length;
      if (left > 0) {
        open.push({ path, text: surface.text(), language });
      }
    }
  }
  return open;
}

/** A path relative to the project; null outside of it. */
function within(project: Project | null, path: string): string | null {
  if (!project?.path) {
    return path;
  }
  return path.startsWith(`${project.path}/`)
    ? path.slice(project.path.length + 1)
    : null;
}
