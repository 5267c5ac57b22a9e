import { PageConfig } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { components } from '../api';
import type { Project } from '../projects';
import { deepest } from '../projects/folders';

export type Role = components['schemas']['Share']['role'];

interface IRoleAt {
  readonly path: string;
  readonly role: Role;
}

/**
 * The roles of somebody who is not the server's owner, by path. The page brings those of its
 * start; the server decides anew at every request.
 */
export class Roles {
  constructor(private _known: readonly IRoleAt[]) {}

  /** Those that the page was served with; null for the server's owner, who needs none. */
  static ofPage(): Roles | null {
    const given = PageConfig.getOption('neoaiRoles');
    if (!given) {
      return null;
    }
    const roles = JSON.parse(given) as Record<string, Role>;
    return new Roles(
      Object.entries(roles).map(([path, role]) => ({ path, role }))
    );
  }

  /** The role at a path: that of the innermost project that gives one. */
  at(path: string): Role | null {
    return deepest(this._known, path)?.role ?? null;
  }

  /** Whether what is written at a path would be kept. A chat is the server owner's to write. */
  canWrite(path: string): boolean {
    const role = this.at(path);
    return (
      (role === 'editor' || role === 'owner') &&
      !path.toLowerCase().endsWith('.chat')
    );
  }

  update(projects: readonly Project[]): void {
    this._known = projects.map(({ path, role }) => ({
      path,
      role: role ?? 'viewer'
    }));
  }
}

/** As a person reads it. */
export function roleName(role: Role, trans: TranslationBundle): string {
  return {
    viewer: trans.__('Viewer'),
    editor: trans.__('Editor'),
    owner: trans.__('Owner')
  }[role];
}
