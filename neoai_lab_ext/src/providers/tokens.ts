import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

/** The commands of the AI providers. */
export const CommandIDs = { show: 'neoai:show-providers' } as const;

/** Where a link in a chat leads that means the page of providers. */
export const PAGE_FRAGMENT = '#neoai-providers';

/** Tells the other features that providers were added, tested or removed. */
export interface IProviderChanges {
  readonly changed: ISignal<object, void>;
}

export const IProviderChanges = new Token<IProviderChanges>(
  '@neoai/lab:IProviderChanges',
  'When the model providers of the user were changed.'
);
