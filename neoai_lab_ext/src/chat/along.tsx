import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { API } from '../api';
import type { LastEditor } from '../codeblocks/editors';
import { type IFront, type Kind, lookedAt, without } from './front';
import { PERSONA, pathOf } from './notes';

interface IInput {
  readonly chatContext?: { readonly name: string };
  getMetadata(): Record<string, unknown>;
  updateMetadata(patch: Record<string, unknown>): void;
}

/** In milliseconds: how often the chips look at the view in front. */
const OFTEN = 500;

/**
 * Sends what the user has in front along with a message to NeoAI, and shows it in the chat's input,
 * where each part can be switched off. It is kept by the server for that message; the chat itself,
 * which others may read, has only its name.
 */
export class Along {
  /** What its chat's completion is asked for, and when a message is sent. */
  readonly id = '@neoai/lab:along';

  constructor(
    private readonly _api: API,
    private readonly _editors: LastEditor,
    private readonly _trans: TranslationBundle
  ) {}

  listCommandCompletions(): Promise<[]> {
    return Promise.resolve([]);
  }

  async onSubmit(input: IInput): Promise<void> {
    const metadata = input.getMetadata();
    const { name } = input.chatContext ?? {};
    if (metadata.to_persona !== PERSONA || !name) {
      return;
    }
    let view = '';
    const { context, error, names } = without(
      lookedAt(this._editors),
      this._off
    );
    if ([...names.keys()].some(kind => !this._off.has(kind))) {
      const body = { path: pathOf({ name }), context, error };
      const kept = await this._api
        .post('/ai/chats/view', { body })
        .catch(() =>
          this._api.post('/ai/chats/view', {
            // the kernel is the server's owner's alone
            body: { ...body, context: { ...context, kernel_id: null } }
          })
        )
        .catch(() => null);
      view = kept?.id ?? '';
    }
    input.updateMetadata({ neoai: { view } });
  }

  /** The chips in the input of a chat. */
  readonly chips = (): React.ReactElement | null => {
    const trans = this._trans;
    const [front, setFront] = React.useState<IFront>(() =>
      lookedAt(this._editors)
    );
    const [, update] = React.useReducer((count: number) => count + 1, 0);
    React.useEffect(() => {
      const timer = setInterval(() => {
        if (document.visibilityState === 'visible') {
          const next = lookedAt(this._editors);
          setFront(last => (isSame(last, next) ? last : next));
        }
      }, OFTEN);
      return () => clearInterval(timer);
    }, []);
    const titles: Record<Kind, string> = {
      selection: trans.__('Selection'),
      cell: front.error ? trans.__('Cell with its error') : trans.__('Cell'),
      file: trans.__('Open file around the cursor'),
      kernel: trans.__('Variables of the kernel')
    };
    const toggle = (kind: Kind) => {
      if (!this._off.delete(kind)) {
        this._off.add(kind);
      }
      update();
    };
    return (
      <span
        className="neoai-Along"
        role="group"
        aria-label={trans.__('What goes along')}
      >
        {[...front.names].map(([kind, name]) => {
          const isOn = !this._off.has(kind);
          const does = isOn
            ? trans.__('Goes along with your message; click to leave it out')
            : trans.__('Is left out; click to let it go along');
          return (
            <button
              key={kind}
              type="button"
              className="neoai-Along-chip"
              data-kind={kind}
              aria-pressed={isOn}
              title={`${titles[kind]}: ${name}\n${does}`}
              onClick={() => toggle(kind)}
            >
              {name}
            </button>
          );
        })}
      </span>
    );
  };

  private readonly _off = new Set<Kind>();
}

function isSame(a: IFront, b: IFront): boolean {
  const key = ({ names, error }: IFront) =>
    JSON.stringify([[...names], error !== '']);
  return key(a) === key(b);
}
