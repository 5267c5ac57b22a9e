import type { components } from '../../api';

/** An entry of a listing, as the server tells of it. */
export type Item = components['schemas']['FileItem'];

/** A file or folder in the tree. Paths are relative to the project; its own folder is ''. */
export interface INode {
  readonly path: string;
  readonly name: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
  /** Whether `.gitignore` leaves it out. */
  readonly ignored: boolean;
  /** Whether it can be named to the server: its name on disk is UTF-8, and it leads somewhere. */
  readonly isUsable: boolean;
}

/** The commands on the tree; those on entries take what is selected. */
export const CommandIDs = {
  show: 'neoai-tree:show',
  open: 'neoai-tree:open',
  openWith: 'neoai-tree:open-with',
  newFile: 'neoai-tree:new-file',
  newFolder: 'neoai-tree:new-folder',
  rename: 'neoai-tree:rename',
  duplicate: 'neoai-tree:duplicate',
  remove: 'neoai-tree:delete',
  copy: 'neoai-tree:copy',
  cut: 'neoai-tree:cut',
  paste: 'neoai-tree:paste',
  undo: 'neoai-tree:undo',
  copyPath: 'neoai-tree:copy-path',
  reveal: 'neoai-tree:reveal-in-file-browser',
  revealActive: 'neoai-tree:reveal-active-file',
  download: 'neoai-tree:download',
  terminal: 'neoai-tree:open-terminal',
  upload: 'neoai-tree:upload',
  importZip: 'neoai-tree:import-zip',
  exportZip: 'neoai-tree:export-zip',
  refresh: 'neoai-tree:refresh',
  collapse: 'neoai-tree:collapse-all',
  search: 'neoai-tree:search',
  settings: 'neoai-tree:project-settings',
  switchProject: 'neoai-tree:switch-project'
} as const;
