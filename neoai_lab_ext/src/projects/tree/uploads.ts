import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

import { APIError, NoAnswerError } from '../../api';
import type { Changes } from './changes';
import type { TreeModel } from './model';
import { parentOf, within } from './paths';
import type { TreeSource } from './source';

/** A file of the person's own computer, and its place below where it was dropped. */
interface IUpload {
  readonly path: string;
  /** Null for a folder with nothing in it. */
  readonly file: File | null;
}

/** Brings files and folders of the person's own computer into the project. */
export class Uploads {
  constructor(
    private readonly _model: TreeModel,
    private readonly _changes: Changes,
    private readonly _trans: TranslationBundle
  ) {}

  /** Ask for files, then bring them into a folder. */
  choose(folder: string): void {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.addEventListener('change', () => {
      const files = [...(input.files ?? [])];
      void this.bring(
        files.map(file => ({ path: file.name, file })),
        folder
      );
    });
    input.click();
  }

  /** Ask for a zip archive, then unpack it into a new folder named after it. */
  chooseZip(folder: string): void {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = '.zip,application/zip';
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      if (file) {
        void this.importZip(file, folder);
      }
    });
    input.click();
  }

  async importZip(file: File, folder: string): Promise<void> {
    const trans = this._trans;
    const abort = new AbortController();
    const id = this._begin(trans.__('Importing %1', file.name), abort);
    await this._changes.run(
      1,
      trans.__('%1 was not imported.', file.name),
      async group => {
        const { source } = group;
        // A name of those that no listing shows, for as long as it is needed.
        const archive = within(folder, `.~neoai-${UUID.uuid4()}.zip`);
        try {
          await send(source, archive, file, {
            progress: sent =>
              Notification.update({
                id,
                progress: Math.min(0.99, sent / Math.max(1, file.size))
              }),
            signal: abort.signal
          });
          const name = file.name.replace(/\.zip$/i, '') || file.name;
          const unpack = (to: string) => source.unpack(archive, to);
          const done = await group
            .place(within(folder, name), true, unpack)
            .catch(async error => {
              await source.discard(archive);
              throw error;
            });
          if (done === null) {
            await source.discard(archive);
            return '';
          }
          group.made(done);
          return trans.__('Imported %1.', file.name);
        } finally {
          Notification.dismiss(id);
        }
      }
    );
    if (folder) {
      await this._model.expand(folder);
    }
  }

  /** What was dropped; folders too, where the browser gives them. */
  async drop(transfer: DataTransfer, folder: string): Promise<void> {
    // The list is emptied when the event is over: take everything at once.
    const entries = [...transfer.items].map(item => item.webkitGetAsEntry());
    const files = [...transfer.files];
    const found: IUpload[] = [];
    for (const entry of entries) {
      if (entry) {
        await collect(entry, '', found);
      }
    }
    const plain = files.map(file => ({ path: file.name, file }));
    await this.bring(found.length ? found : plain, folder);
  }

  async bring(uploads: readonly IUpload[], folder: string): Promise<void> {
    if (uploads.length === 0) {
      return;
    }
    const trans = this._trans;
    const abort = new AbortController();
    const total = uploads.reduce((sum, { file }) => sum + (file?.size ?? 0), 0);
    const name =
      uploads.length === 1
        ? uploads[0].path
        : trans.__('%1 files', uploads.length);
    const label = trans.__('Uploading %1', name);
    const id = this._begin(label, abort);
    let before = 0;
    const progress = (sent: number) =>
      Notification.update({
        id,
        progress: total ? Math.min(0.99, (before + sent) / total) : 0.5
      });
    await this._changes.run(
      uploads.length,
      trans.__('Not everything was uploaded.'),
      async group => {
        try {
          const placed: string[] = [];
          for (const { path, file } of uploads) {
            abort.signal.throwIfAborted();
            const to = within(folder, path);
            if (!file) {
              await group.source.makeFolder(to).catch(ignoreExisting);
              continue;
            }
            const done = await group.place(to, false, place =>
              send(group.source, place, file, {
                progress,
                signal: abort.signal
              })
            );
            before += file.size;
            if (done !== null) {
              group.made(done);
              group.touched.add(folder).add(parentOf(to));
              placed.push(done);
            }
          }
          group.touched.add(folder);
          return placed.length ? trans.__('Uploaded %1.', name) : '';
        } finally {
          Notification.dismiss(id);
        }
      }
    );
    if (folder) {
      await this._model.expand(folder);
    }
  }

  private _begin(label: string, abort: AbortController): string {
    return Notification.emit(label, 'in-progress', {
      autoClose: false,
      progress: 0,
      actions: [
        { label: this._trans.__('Cancel'), callback: () => abort.abort() }
      ]
    });
  }
}

function ignoreExisting(error: unknown): void {
  if (!(error instanceof APIError) || error.code !== 'exists') {
    throw error;
  }
}

/** The files below an entry that was dropped. */
async function collect(
  entry: FileSystemEntry,
  folder: string,
  found: IUpload[]
): Promise<void> {
  const path = within(folder, entry.name);
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject)
    );
    found.push({ path, file });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const read = () =>
    new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
  let isEmpty = true;
  // It gives a hundred at a time, and none at the end.
  for (let some = await read(); some.length > 0; some = await read()) {
    isEmpty = false;
    for (const inner of some) {
      await collect(inner, path, found);
    }
  }
  if (isEmpty) {
    found.push({ path, file: null });
  }
}

interface ISendOptions {
  progress?: (sent: number) => void;
  signal?: AbortSignal;
}

/**
 * Write a new file; rejects with `exists` where there is one. Only XMLHttpRequest tells how much
 * of a body was sent.
 */
export function send(
  source: TreeSource,
  path: string,
  body: Blob,
  { progress, signal }: ISendOptions = {}
): Promise<void> {
  const { settings } = source.api;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', source.addressOf(path));
    request.setRequestHeader('If-None-Match', '*');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    const xsrf = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    if (xsrf) {
      request.setRequestHeader('X-XSRFToken', xsrf);
    }
    if (settings.token) {
      request.setRequestHeader('Authorization', `token ${settings.token}`);
    }
    request.upload.onprogress = ({ loaded }) => progress?.(loaded);
    request.onload = () => {
      if (request.status < 300) {
        resolve();
      } else {
        const { status, statusText, responseText } = request;
        const init = { status, statusText };
        APIError.from(new Response(responseText, init)).then(reject, reject);
      }
    };
    request.onerror = () => reject(new NoAnswerError(null));
    request.onabort = () => reject(signal?.reason);
    signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(body);
  });
}
