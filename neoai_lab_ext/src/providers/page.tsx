import { Dialog, showDialog } from '@jupyterlab/apputils';
import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { JSX } from 'react';

import { AwaitedFocus } from '../focus';
import { KeyForm, ProviderForm } from './form';
import { FoundServers } from './found';
import type { Provider, ProvidersModel } from './model';
import { ProviderRow } from './row';

/** What is being written: a new provider, one that is changed, or a key; by the provider's name. */
type Editing = { what: 'new' | 'provider' | 'key'; name: string } | null;

/** The page of providers: those that there are, a form for another one, and what was found. */
export class ProvidersPage extends VDomRenderer<ProvidersModel> {
  constructor(model: ProvidersModel) {
    super(model);
    this.addClass('neoai-Providers');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', model.trans.__('AI Providers'));
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    const { activeElement: active } = document;
    if (active === this.node || !this.node.contains(active)) {
      this._focus.take();
    }
  }

  protected override onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    void this.renderPromise?.then(() => this._focus.drawn());
  }

  protected override render(): JSX.Element {
    const { model } = this;
    const { trans, listing, said, error } = model;
    return (
      <div className="neoai-Providers-page" aria-busy={listing === null}>
        <header>
          <h1>{trans.__('AI Providers')}</h1>
          <p>{this._about()}</p>
        </header>
        {listing?.problems.map(problem => (
          <p key={problem} className="neoai-Providers-problem" role="note">
            {problem}
          </p>
        ))}
        {this._editing?.what === 'new' ? (
          <ProviderForm {...this._formOf('')} />
        ) : (
          <button
            className="neoai-Providers-add jp-Button jp-mod-styled jp-mod-accept"
            disabled={listing?.may_add === false}
            onClick={() => this._edit({ what: 'new', name: '' })}
          >
            {trans.__('Add a Provider…')}
          </button>
        )}
        <ul className="neoai-Providers-list" aria-label={trans.__('Providers')}>
          {listing?.items.map(item => this._renderItem(item))}
        </ul>
        {listing?.items.length === 0 && (
          <p className="neoai-Providers-empty">
            {trans.__(
              'No provider yet: the chat answers from search alone. Add one with its key, or a model server on this machine.'
            )}
          </p>
        )}
        {!listing && error && (
          <button
            className="jp-Button jp-mod-styled"
            onClick={() => this.refresh()}
          >
            {trans.__('Try Again')}
          </button>
        )}
        <div className="neoai-Providers-status" role="status">
          {said}
        </div>
        <div className="neoai-Form-error" role="alert">
          {error}
        </div>
        {listing?.may_add && <FoundServers model={model} />}
      </div>
    );
  }

  /** Ask for everything anew. */
  refresh(): void {
    this.model.error = '';
    void this.model.load();
    void this.model.look();
  }

  private _renderItem(item: Provider): JSX.Element {
    const { name } = item;
    const mayAdd = this.model.listing?.may_add ?? false;
    const isEdited = this._editing?.name === name;
    return (
      <ProviderRow
        key={`${name}/${item.removable}`}
        item={item}
        mayAdd={mayAdd}
        isTesting={this.model.testing.has(name)}
        trans={this.model.trans}
        onTest={() => void this.model.test(name)}
        onEdit={() => this._edit({ what: 'provider', name })}
        onKey={() => this._edit({ what: 'key', name })}
        onRemoveKey={() => void this._removeKey(name)}
        onRemove={() => void this._remove(name)}
      >
        {isEdited && this._editing?.what === 'provider' && (
          <ProviderForm {...this._formOf(name)} known={item} />
        )}
        {isEdited && this._editing?.what === 'key' && (
          <KeyForm {...this._formOf(name)} known={item} />
        )}
      </ProviderRow>
    );
  }

  private _about(): string {
    const { trans, listing } = this.model;
    if (listing && !listing.may_add) {
      return trans.__(
        'Whose models the chat, completions and code come from. The administrator allows none but these.'
      );
    }
    const kept =
      listing?.keys_kept_in === 'keyring'
        ? trans.__(
            'Keys are kept in the keyring of the server’s operating system'
          )
        : trans.__('Keys are kept in a file that nobody but you can read');
    return trans.__(
      'Whose models the chat, completions and code come from. %1, and never shown again.',
      kept
    );
  }

  private _edit(editing: Editing): void {
    this._editing = editing;
    this.update();
  }

  /** What a form needs to end; the keyboard then goes back to where it was opened. */
  private _formOf(name: string) {
    return {
      model: this.model,
      close: () => this._edit(null),
      left: () => {
        if (
          [null, document.body].includes(document.activeElement as HTMLElement)
        ) {
          this._focusRow(name);
        }
      }
    };
  }

  private _focusRow(name: string): void {
    const row = name
      ? this.node.querySelector<HTMLElement>(
          `[data-provider="${CSS.escape(name)}"] .neoai-Provider-edit`
        )
      : null;
    if (row) {
      row.focus();
    } else {
      this._focusAdd();
    }
  }

  /** False where there is nothing yet. */
  private _focusAdd(): boolean {
    const first = '.neoai-Providers-add:enabled, input, button:enabled';
    const found = this.node.querySelector<HTMLElement>(first);
    found?.focus();
    return found !== null;
  }

  private async _remove(name: string): Promise<void> {
    const { trans } = this.model;
    const sure = await this._ask(
      trans.__('Remove “%1”?', name),
      trans.__(
        'NeoAI forgets the provider and its key. At the provider the key is still valid: revoke it there where it may have leaked.'
      )
    );
    if (sure) {
      this._focusAdd();
      await this.model.remove(name);
    }
  }

  private async _removeKey(name: string): Promise<void> {
    const { trans } = this.model;
    const sure = await this._ask(
      trans.__('Remove the key of “%1”?', name),
      trans.__(
        'NeoAI forgets it; where the configuration has one, that one counts again. At the provider it is still valid.'
      )
    );
    if (sure) {
      this._focusRow(name);
      await this.model.removeKey(name);
    }
  }

  private async _ask(title: string, body: string): Promise<boolean> {
    const { trans } = this.model;
    const { button } = await showDialog({
      title,
      body,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Remove') })
      ]
    });
    return button.accept;
  }

  private readonly _focus = new AwaitedFocus(() => this._focusAdd());
  private _editing: Editing = null;
}
