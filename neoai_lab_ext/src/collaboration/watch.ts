import type { DocumentRegistry } from '@jupyterlab/docregistry';
import { Poll } from '@lumino/polling';
import type { Widget } from '@lumino/widgets';

import { FollowedFile } from './following';

const EVERY_MS = 2000;

interface IFollowed {
  file: FollowedFile;
  widgets: Set<Widget>;
}

/** Looks, for the documents in sight, whether their files have changed on the disk. */
export class FileWatch {
  constructor(
    private readonly _follow: (
      context: DocumentRegistry.Context
    ) => FollowedFile
  ) {
    this._poll = new Poll({
      name: 'neoai:files',
      factory: () => this.look(),
      frequency: { interval: EVERY_MS, backoff: true, max: 60_000 },
      standby: () => (this._inSight().length > 0 ? 'when-hidden' : true)
    });
    window.addEventListener('focus', () => void this._poll.refresh());
  }

  /** Follow the file of a document that no room holds; one for all of its widgets. */
  add(widget: Widget, context: DocumentRegistry.Context): void {
    let found = this._followed.get(context);
    if (!found) {
      found = { file: this._follow(context), widgets: new Set() };
      this._followed.set(context, found);
      context.disposed.connect(() => this._followed.delete(context));
    }
    const { widgets } = found;
    widgets.add(widget);
    widget.disposed.connect(() => widgets.delete(widget));
  }

  of(context: DocumentRegistry.Context): FollowedFile | undefined {
    return this._followed.get(context)?.file;
  }

  /** Never rejects. */
  async look(): Promise<void> {
    await Promise.all(this._inSight().map(file => file.look()));
  }

  private _inSight(): FollowedFile[] {
    return [...this._followed.values()]
      .filter(({ widgets }) => [...widgets].some(widget => widget.isVisible))
      .map(({ file }) => file);
  }

  private readonly _followed = new Map<DocumentRegistry.Context, IFollowed>();
  private readonly _poll: Poll;
}
