import type { TranslationBundle } from '@jupyterlab/translation';
import { VDomModel } from '@jupyterlab/ui-components';
import { type ISignal, Signal } from '@lumino/signaling';

import type { API, components } from '../api';
import { explain } from '../projects/errors';

type Schemas = components['schemas'];
export type Provider = Schemas['AIProvider'];
export type Providers = Schemas['AIProviders'];
export type Draft = Schemas['ProviderDraft'];
export type Test = Schemas['AIProviderTest'];
export type FoundServer = Schemas['AIFoundServer'];

const COMPATIBLE = 'openai-compatible';

/**
 * The providers as the server tells of them, and what is being done with them. Keys pass through
 * its methods and are never held.
 */
export class ProvidersModel extends VDomModel {
  constructor(
    private readonly _api: API,
    readonly trans: TranslationBundle
  ) {
    super();
  }

  /** The list was fetched again: after each thing that was done, too. */
  get loaded(): ISignal<this, void> {
    return this._loaded;
  }

  /** Null until they were listed. */
  listing: Providers | null = null;
  /** The model servers on this machine; null while they are looked for. */
  found: readonly FoundServer[] | null = null;
  /** What went wrong last, and what was done last; one of them is empty. */
  error = '';
  said = '';
  /** What is being tested, by name. */
  readonly testing = new Set<string>();

  get(name: string): Provider | undefined {
    return this.listing?.items.find(item => item.name === name);
  }

  async load(): Promise<void> {
    try {
      this.listing = await this._api.get('/ai/providers');
      this._loaded.emit();
    } catch (error) {
      this.error ||= explain(error, this.trans);
    }
    this.stateChanged.emit();
  }

  /** Ask the server which model servers answer on its machine. */
  async look(): Promise<void> {
    this.found = null;
    this.stateChanged.emit();
    try {
      this.found = (await this._api.get('/ai/providers/found')).items;
    } catch (error) {
      this.found = [];
      this.error = explain(error, this.trans);
    }
    this.stateChanged.emit();
  }

  /** Add or change a provider, then test it; rejects where the server refuses. */
  async save(name: string, draft: Draft): Promise<void> {
    await this._api.put('/ai/providers/{name}', {
      path: { name },
      body: draft
    });
    this._tell(this.trans.__('“%1” is saved.', name));
    await this.load();
    void this.test(name);
    this._markFound(draft.base_url ?? '', name);
  }

  /** Keep a key for a provider, then test it; rejects where the server refuses. */
  async saveKey(name: string, key: string): Promise<void> {
    await this._api.put('/ai/providers/{name}/key', {
      path: { name },
      body: { key }
    });
    this._tell(this.trans.__('The key of “%1” is saved.', name));
    await this.load();
    void this.test(name);
  }

  /** What one that is not saved answers; rejects where the server refuses. */
  testDraft(name: string, draft: Draft): Promise<Test> {
    return this._api.post('/ai/providers/{name}/test', {
      path: { name },
      body: { draft }
    });
  }

  /** Really ask a provider; the list then shows what it answered. */
  async test(name: string): Promise<void> {
    if (this.testing.has(name)) {
      return;
    }
    this.testing.add(name);
    await this._act(
      () =>
        this._api.post('/ai/providers/{name}/test', {
          path: { name },
          body: {}
        }),
      ''
    );
    this.testing.delete(name);
    const tested = this.get(name)?.tested;
    if (tested) {
      this._tell(`${name}: ${tested.detail}`);
    }
    this.stateChanged.emit();
  }

  async remove(name: string): Promise<void> {
    await this._act(
      () => this._api.delete('/ai/providers/{name}', { path: { name } }),
      this.trans.__('“%1” is removed.', name)
    );
    this._markFound(null, name);
  }

  removeKey(name: string): Promise<void> {
    return this._act(
      () => this._api.delete('/ai/providers/{name}/key', { path: { name } }),
      this.trans.__('The key of “%1” is removed.', name)
    );
  }

  /** Add a model server of this machine. */
  async add({ title, base_url }: FoundServer): Promise<void> {
    const draft = { kind: COMPATIBLE, base_url, models: [] } as const;
    try {
      await this.save(this.freeName(title), { ...draft, models: [] });
    } catch (error) {
      this.error = explain(error, this.trans);
      this.stateChanged.emit();
    }
  }

  /** A name for a provider that no other has. */
  freeName(title: string): string {
    const slug = title.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const wanted = slug.replace(/^-|-$/g, '') || 'provider';
    let name = wanted;
    for (let n = 2; this.get(name) !== undefined; n++) {
      name = `${wanted}-${n}`;
    }
    return name;
  }

  /** Do something, then show how things stand. */
  private async _act(
    action: () => Promise<unknown>,
    done: string
  ): Promise<void> {
    this._tell('');
    this.stateChanged.emit();
    try {
      await action();
      this.said = done;
    } catch (error) {
      this.error = explain(error, this.trans);
    }
    await this.load();
  }

  private _tell(said: string): void {
    this.said = said;
    this.error = '';
  }

  /** Which provider a found server is now; null: the one of this name is none any more. */
  private _markFound(url: string | null, name: string): void {
    const bare = url?.replace(/\/+$/, '');
    this.found =
      this.found?.map(server =>
        server.base_url === bare
          ? { ...server, provider: name }
          : url === null && server.provider === name
            ? { ...server, provider: null }
            : server
      ) ?? null;
    this.stateChanged.emit();
  }

  private readonly _loaded = new Signal<this, void>(this);
}
