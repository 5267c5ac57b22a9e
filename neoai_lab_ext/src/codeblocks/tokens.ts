import { Token } from '@lumino/coreutils';

import type { LastEditor } from './editors';

/** What can be done with a code block of a chat. */
export type Action = 'copy' | 'insert' | 'cell' | 'run' | 'apply';

export const PLUGIN_ID = '@neoai/lab:code-blocks';

export const ILastEditor = new Token<LastEditor>(
  '@neoai/lab:ILastEditor',
  'The editor that was used last, of whatever kind.'
);
