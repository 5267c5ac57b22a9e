import type { API, components } from '../api';
import { Polled } from '../polled';
import type { IProjects, Project } from '../projects';

export type IndexStatus = components['schemas']['IndexStatus'];

/** How often the server is asked while the page is in sight: while it indexes, and otherwise. */
const BUSY_MS = 1_000;
const IDLE_MS = 30_000;

const frequency = (interval: number) => ({
  interval,
  backoff: true,
  max: Math.max(10 * interval, 60_000)
});

/** How the index of the current project stands. */
export class IndexModel extends Polled {
  constructor(
    private readonly _api: API,
    private readonly _projects: IProjects
  ) {
    super('@neoai/lab:search-index', frequency(IDLE_MS));
    _projects.currentChanged.connect(this._onProject, this);
  }

  /** Null before the first answer, and where no project is open. */
  get status(): IndexStatus | null {
    return this._status;
  }

  get project(): Project | null {
    const { current } = this._projects;
    return current?.state === 'ready' ? current : null;
  }

  /** Whether a project's index is made as soon as the project is opened. */
  get isEager(): boolean {
    return this._isEager;
  }

  set isEager(isEager: boolean) {
    this._isEager = isEager;
    if (isEager) {
      void this.refresh();
    }
  }

  /** Leave changed files alone, or go on with them; rejects where the server refuses. */
  async pause(paused: boolean): Promise<void> {
    await this._do(id =>
      this._api.patch('/ai/index/{project_id}', {
        path: { project_id: id },
        body: { paused }
      })
    );
  }

  async rebuild(): Promise<void> {
    await this._do(id =>
      this._api.post('/ai/index/{project_id}/rebuild', {
        path: { project_id: id }
      })
    );
  }

  async cancel(): Promise<void> {
    await this._do(id =>
      this._api.post('/ai/index/{project_id}/cancel', {
        path: { project_id: id }
      })
    );
  }

  protected async ask(): Promise<void> {
    const { project } = this;
    if (!project) {
      this._keep(null);
      return;
    }
    const path = { project_id: project.id };
    let status = await this._api.get('/ai/index/{project_id}', { path });
    const mayWrite = !project.role || project.role !== 'viewer';
    if (
      this._isEager &&
      mayWrite &&
      status.watching === 'none' &&
      status.state !== 'building' &&
      status.state !== 'failed' &&
      !status.paused
    ) {
      status = await this._api.post('/ai/index/{project_id}', { path });
    }
    if (this.project?.id === project.id) {
      this._keep(status);
    }
  }

  private async _do(work: (id: string) => Promise<IndexStatus>): Promise<void> {
    const { project } = this;
    if (!project) {
      return;
    }
    const status = await work(project.id);
    if (this.project?.id === project.id) {
      this._keep(status);
      this.emit();
    }
  }

  private _keep(status: IndexStatus | null): void {
    this._status = status;
    const wanted = status?.state === 'building' ? BUSY_MS : IDLE_MS;
    if (this.poll.frequency.interval !== wanted) {
      this.poll.frequency = frequency(wanted);
    }
  }

  private _onProject(): void {
    this._status = null;
    this.emit();
    void this.refresh();
  }

  private _status: IndexStatus | null = null;
  private _isEager = false;
}
