import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import * as React from 'react';

import type { API } from '../api';
import { namesOf } from './named';
import {
  type IMessage,
  type IModel,
  type INote,
  isOwnQuestion,
  noteOf,
  pathOf,
  taken
} from './notes';

interface IProps {
  readonly message: IMessage;
  readonly model: IModel;
}

/** Puts below each reply who wrote it and what it took, and lets people ask anew. */
export class Replies {
  constructor(
    private readonly _api: API,
    private readonly _commands: CommandRegistry,
    private readonly _trans: TranslationBundle
  ) {}

  /** The component that Jupyter's chat shows below each message. */
  readonly footer = ({ message, model }: IProps): React.ReactElement | null => {
    const [, update] = React.useReducer((count: number) => count + 1, 0);
    React.useEffect(() => {
      message.changed?.connect(update);
      update(); // What has changed since it was drawn was told to nobody.
      return () => {
        message.changed?.disconnect(update);
      };
    }, [message]);
    const note = noteOf(message);
    if (message.deleted) {
      return null;
    }
    if (note) {
      return this._ofReply(note, message, model);
    }
    return isOwnQuestion(message, model)
      ? this._ofQuestion(message, model)
      : null;
  };

  private _ofReply(
    note: INote,
    message: IMessage,
    model: IModel
  ): React.ReactElement {
    const trans = this._trans;
    const count = note.versions?.length ?? 1;
    const shown = note.shown ?? 0;
    const along = (note.context ?? []).filter(used => used.tokens > 0);
    const left = (note.context ?? []).filter(used => !used.tokens);
    const about = [note.model, ...taken(note)].filter(Boolean).join(' · ');
    const named = namesOf(along).join(', ');
    const details = [...along, ...left]
      .map(
        used =>
          `${used.kind} ${used.name}: ${used.tokens} tokens${used.note ? `. ${used.note}` : ''}`
      )
      .join('\n');
    return (
      <div className="neoai-ReplyFooter">
        <span className="neoai-ReplyFooter-about" title={details}>
          {about}
          {named && ` · ${trans.__('with %1', named)}`}
        </span>
        {count > 1 && (
          <span className="neoai-ReplyFooter-versions">
            {this._button('‹', trans.__('Earlier reply'), shown > 0, () =>
              this._show(message, model, shown - 1)
            )}
            <span aria-live="polite">{`${shown + 1}/${count}`}</span>
            {this._button('›', trans.__('Later reply'), shown + 1 < count, () =>
              this._show(message, model, shown + 1)
            )}
          </span>
        )}
        {this._button(trans.__('Retry'), trans.__('Answer again'), true, () =>
          this._again(model, note.answers ?? '')
        )}
        {this._button(
          trans.__('Other Model…'),
          trans.__('Answer again with another model'),
          true,
          event => void this._choose(event, model, note)
        )}
      </div>
    );
  }

  private _ofQuestion(message: IMessage, model: IModel): React.ReactElement {
    const trans = this._trans;
    return (
      <div className="neoai-ReplyFooter neoai-mod-question">
        {this._button(
          trans.__('Edit and Resend'),
          trans.__('Change this message and have it answered again'),
          true,
          () => void this._edit(message, model)
        )}
      </div>
    );
  }

  private _button(
    text: string,
    title: string,
    enabled: boolean,
    run: (event: React.MouseEvent<HTMLElement>) => void
  ): React.ReactElement {
    return (
      <button
        type="button"
        title={title}
        aria-label={title}
        disabled={!enabled}
        onClick={run}
      >
        {text}
      </button>
    );
  }

  private _again(model: IModel, message_id: string, name = ''): void {
    const body = { path: pathOf(model), message_id, model: name };
    this._api.post('/ai/chats/answer', { body }).catch(this._tell);
  }

  private _show(message: IMessage, model: IModel, version: number): void {
    const body = { path: pathOf(model), message_id: message.id, version };
    this._api.post('/ai/chats/version', { body }).catch(this._tell);
  }

  private async _edit(message: IMessage, model: IModel): Promise<void> {
    const trans = this._trans;
    const { TextBody } = await import('./textbody');
    const { button, value } = await showDialog({
      title: trans.__('Edit and Resend'),
      body: new TextBody(message.body, trans.__('Message')),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Resend') })
      ],
      focusNodeSelector: 'textarea'
    });
    if (!button.accept || !value?.trim()) {
      return;
    }
    if (value !== message.body) {
      await model.updateMessage?.(message.id, {
        ...message.content,
        body: value
      });
    }
    this._again(model, message.id);
  }

  private async _choose(
    event: React.MouseEvent<HTMLElement>,
    model: IModel,
    note: INote
  ): Promise<void> {
    const { left, bottom } = event.currentTarget.getBoundingClientRect();
    try {
      const { items } = await this._api.get('/ai/models');
      const menu = new Menu({ commands: this._commands });
      for (const { id } of items.filter(
        ({ available, tasks }) => available && tasks.includes('chat')
      )) {
        const args = { path: pathOf(model), messageId: note.answers ?? '', id };
        menu.addItem({ command: CommandIDs.answerAgain, args });
      }
      menu.open(left, bottom);
    } catch (error) {
      this._tell(error as Error);
    }
  }

  private readonly _tell = (error: Error): void => {
    Notification.warning(error.message, { autoClose: 8000 });
  };
}

export const CommandIDs = {
  answerAgain: 'neoai:answer-again'
};
