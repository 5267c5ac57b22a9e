import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { components } from '../api';

/** A registered folder, as the server tells of it. */
export type Project = components['schemas']['Project'];

/** How far a clone is; `percent` is null while git has no total to count to. */
export interface IProgress {
  readonly phase: string;
  readonly percent: number | null;
}

/** Where to find what a project is made from. */
export interface INewProject {
  name?: string;
  /** Relative to the server's root. */
  path?: string;
}

/** The projects of this server, for every feature that works on one. */
export interface IProjects {
  /** All of them; empty until the first `refresh` is over. */
  readonly items: readonly Project[];

  /** The deepest project around the folder that the file browser shows. */
  readonly current: Project | null;

  /** `items`, their states or their progress changed. */
  readonly changed: ISignal<IProjects, void>;

  readonly currentChanged: ISignal<IProjects, Project | null>;

  /** Somebody opened a project on purpose. */
  readonly opened: ISignal<IProjects, Project>;

  /** The deepest project around a path relative to the server's root. */
  find(path: string): Project | null;

  /** Ask the server again; never rejects: `changed` comes when it is over. */
  refresh(): Promise<void>;
}

export const IProjects = new Token<IProjects>(
  '@neoai/lab:IProjects',
  'The projects of this server, and the one that is open.'
);

/** The commands on projects. `{id}` names one; without it they take the current project. */
export const CommandIDs = {
  show: 'neoai:show-projects',
  refresh: 'neoai:refresh-projects',
  open: 'neoai:open-project',
  openFolder: 'neoai:open-folder',
  create: 'neoai:new-project',
  createFromTemplate: 'neoai:new-project-from-template',
  clone: 'neoai:clone-repository',
  cancelClone: 'neoai:cancel-clone',
  cloneAgain: 'neoai:clone-again',
  rename: 'neoai:rename-project',
  trust: 'neoai:trust-project',
  untrust: 'neoai:untrust-project',
  unregister: 'neoai:unregister-project',
  trash: 'neoai:trash-project',
  share: 'neoai:share-project',
  exports: 'neoai:show-exports',
  copyPath: 'neoai:copy-project-path',
  health: 'neoai:show-health',
  ask: 'neoai:ask-about-project',
  conversations: 'neoai:show-conversations'
} as const;
