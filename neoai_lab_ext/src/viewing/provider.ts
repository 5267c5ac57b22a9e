import type { Contents, IContentProvider } from '@jupyterlab/services';

/** By which documents ask for a file without its content. */
export const PROVIDER = 'neoai-facts';

/**
 * Tells of a file without loading it, and never writes it: a document that is shown by pieces has
 * no text to save, and must not save what it has.
 */
export class FactsProvider implements IContentProvider {
  constructor(private readonly _drive: Contents.IDrive) {}

  readonly sharedModelFactory = undefined;

  async get(
    path: string,
    options?: Contents.IFetchOptions
  ): Promise<Contents.IModel> {
    const model = await this._drive.get(path, {
      ...options,
      content: false,
      contentProviderId: undefined
    });
    return { ...model, writable: false };
  }

  save(path: string): Promise<Contents.IModel> {
    return Promise.reject(new Error(`${path} is open for reading only.`));
  }
}
