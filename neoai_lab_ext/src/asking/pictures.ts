import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

import { type IPicture, suffixOf } from './excerpts';

const FOLDER = '.neoai/attachments';
const MOST_BYTES = 5_000_000;

/**
 * Keeps pictures that come from no file of the project, so that a chat can name them: below the
 * project's `.neoai/attachments`, which git ignores; each once, by what is in it.
 */
export class Pictures {
  constructor(
    private readonly _contents: Contents.IManager,
    private readonly _trans: TranslationBundle
  ) {}

  /** The path of a picture's file; rejects with what to say where it cannot be kept. */
  async keep(folder: string, { base64, suffix }: IPicture): Promise<string> {
    const bytes = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
    if (bytes.length > MOST_BYTES) {
      throw new Error(
        this._trans.__('The picture has more than 5 MB: models do not take it.')
      );
    }
    const place = await this._folder(folder);
    const digest = await hash(bytes);
    const path = PathExt.join(place, `${digest}.${suffix}`);
    await this._contents.get(path, { content: false }).catch(() =>
      this._contents.save(path, {
        type: 'file',
        format: 'base64',
        content: base64
      })
    );
    return path;
  }

  /** A file of the clipboard's or from elsewhere as a picture; null where it is none. */
  async read(file: Blob): Promise<IPicture | null> {
    const suffix = suffixOf(file.type);
    if (!suffix) {
      return null;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let binary = '';
    for (let at = 0; at < bytes.length; at += 0x8000) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    }
    return { base64: btoa(binary), suffix };
  }

  private async _folder(above: string): Promise<string> {
    const place = PathExt.join(above, FOLDER);
    const ignore = PathExt.join(place, '.gitignore');
    const has = (path: string) =>
      this._contents.get(path, { content: false }).then(
        () => true,
        () => false
      );
    if (await has(ignore)) {
      return place;
    }
    for (const folder of [PathExt.dirname(place), place]) {
      if (!(await has(folder))) {
        await this._contents.save(folder, { type: 'directory' });
      }
    }
    const text = { type: 'file', format: 'text', content: '*\n' } as const;
    await this._contents.save(ignore, text);
    return place;
  }
}

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Not over plain HTTP: then any name that is not there yet does.
  const digest = crypto.subtle
    ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    : crypto.getRandomValues(new Uint8Array(8));
  return [...digest.slice(0, 8)]
    .map(each => each.toString(16).padStart(2, '0'))
    .join('');
}
