import type { API } from '../../api';
import { nodeOf, sorted } from './nodes';
import { anyCase, differInCase, globFor, within } from './paths';
import type { INode } from './tokens';

const FIRST_PAGE = 2000;
const NEXT_PAGES = 50_000;
/** As many as the server answers for at once. */
const STAMPS = 500;

/** A folder's entries, and how it was when they were listed. */
export interface IListing {
  readonly nodes: INode[];
  readonly stamp: string | null;
}

/** What a search found, and whether there is more of it. */
export interface IFound {
  readonly nodes: INode[];
  readonly isCut: boolean;
}

/** The entries of one project, on the server. */
export class TreeSource {
  constructor(
    readonly api: API,
    readonly projectId: string
  ) {}

  /**
   * The entries of a folder, in order. Where they are many, `first` gets the first of them while
   * the others are on their way.
   */
  async list(
    path: string,
    first: (nodes: INode[]) => void,
    signal?: AbortSignal
  ): Promise<IListing> {
    const nodes: INode[] = [];
    let stamp: string | null = null;
    let cursor: string | undefined;
    do {
      const page = await this.api.get('/projects/{project_id}/files', {
        path: this._project,
        query: {
          path,
          depth: 1,
          ignored: true,
          limit: cursor ? NEXT_PAGES : FIRST_PAGE,
          cursor
        },
        signal
      });
      stamp ??= page.stamp ?? null;
      page.items.forEach(item => nodes.push(nodeOf(item)));
      if (!cursor && page.next_cursor) {
        first(sorted([...nodes]));
      }
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    return { nodes: sorted(nodes), stamp };
  }

  /** The entries with `text` in their names; what git ignores is not searched. */
  async search(
    text: string,
    limit: number,
    signal: AbortSignal
  ): Promise<IFound> {
    const page = await this.api.get('/projects/{project_id}/files', {
      path: this._project,
      query: { glob: globFor(text), limit },
      signal
    });
    return {
      nodes: page.items.map(nodeOf),
      isCut: page.next_cursor !== null && page.next_cursor !== undefined
    };
  }

  /** How folders are now; null for one that is not there. */
  async stamps(
    folders: readonly string[]
  ): Promise<Record<string, string | null>> {
    const found = await this.api.get('/projects/{project_id}/stamps', {
      path: this._project,
      query: { folders: folders.slice(0, STAMPS).join('\n') }
    });
    return found.items;
  }

  /** The name in a folder that differs from `name` in upper and lower case alone. */
  async clash(folder: string, name: string): Promise<string | null> {
    const { items } = await this.api.get('/projects/{project_id}/files', {
      path: this._project,
      query: { path: folder, depth: 1, ignored: true, glob: anyCase(name) }
    });
    const names = items.map(item => nodeOf(item).name);
    return names.includes(name)
      ? null
      : (names.find(other => differInCase(name, other)) ?? null);
  }

  async makeFolder(path: string): Promise<void> {
    await this.api.post('/projects/{project_id}/folders', {
      path: this._project,
      body: { path }
    });
  }

  async copy(from: string, to: string): Promise<void> {
    await this.api.post('/projects/{project_id}/copy', {
      path: this._project,
      body: { from, to }
    });
  }

  async move(from: string, to: string): Promise<void> {
    await this.api.post('/projects/{project_id}/move', {
      path: this._project,
      body: { from, to }
    });
  }

  /** Move to the trash; what it can be restored by, null where the system cannot. */
  async discard(path: string): Promise<string | null> {
    const { id } = await this.api.post('/projects/{project_id}/trash', {
      path: this._project,
      body: { path }
    });
    return id;
  }

  /** Put back what is in the trash, where it was or at `to`; where it is now. */
  async restore(id: string, to?: string): Promise<string> {
    const { path } = await this.api.post(
      '/projects/{project_id}/trash/{trash_id}/restore',
      {
        path: { ...this._project, trash_id: id },
        body: to === undefined ? {} : { to }
      }
    );
    return path;
  }

  /** Unpack an archive that was uploaded into a new folder; the archive goes. */
  async unpack(path: string, to: string): Promise<void> {
    await this.api.post('/projects/{project_id}/import', {
      path: this._project,
      body: { path, to, remove: true }
    });
  }

  /** Where a folder is had as a zip archive. */
  archiveOf(path: string): string {
    const { baseUrl } = this.api.settings;
    const project = encodeURIComponent(this.projectId);
    const folder = encodeURIComponent(path);
    return `${baseUrl}neoai/v1/projects/${project}/export?path=${folder}`;
  }

  /** Where a file's bytes are read and written. */
  addressOf(path: string): string {
    const { baseUrl } = this.api.settings;
    const encoded = path.split('/').map(encodeURIComponent).join('/');
    const project = encodeURIComponent(this.projectId);
    return `${baseUrl}neoai/v1/${within(`projects/${project}/files`, encoded)}`;
  }

  private get _project(): { project_id: string } {
    return { project_id: this.projectId };
  }
}
