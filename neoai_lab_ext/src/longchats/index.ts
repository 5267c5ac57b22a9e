import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { MessageLoop } from '@lumino/messaging';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { SIDE_PANEL } from '../codeblocks/chats';
import { Growing } from './growing';
import { type IListModel, Tail } from './tail';

const FACTORY = 'Chat';

/** The widget of Jupyter's chat that draws a chat. */
interface IChatView extends Widget {
  render(): React.ReactElement<{ model: IListModel }>;
}

/** Has a chat show its last messages first. */
function shorten(chat: IChatView): void {
  const render = chat.render.bind(chat);
  let tail: Tail | null = null;
  let growing: Growing | null = null;
  let model: IListModel | null = null;
  const stop = () => {
    growing?.dispose();
    tail?.dispose();
  };
  chat.render = () => {
    const element = render();
    if (!tail || element.props.model !== model) {
      stop();
      model = element.props.model;
      tail = new Tail(model);
      growing = new Growing(chat.node, tail);
    }
    return React.cloneElement(element, { model: tail.view });
  };
  chat.disposed.connect(stop);
}

/** The part of a document or of the sidebar that draws the chat. */
function viewIn(panel: Widget): IChatView | undefined {
  const widgets = [...panel.children()];
  const { content } = panel as { content?: Widget };
  return [...(content ? [content] : []), ...widgets].find(widget =>
    widget.hasClass('jp-chat-widget')
  ) as IChatView | undefined;
}

/** Chats open at once, however long they are: the last messages first. */
const longChats: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:long-chats',
  description: 'Opens long chats at once: the last messages first.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    const { docRegistry, shell } = app;
    const follow = () => {
      const factory = docRegistry.getWidgetFactory(FACTORY);
      if (factory) {
        docRegistry.changed.disconnect(follow);
        factory.widgetCreated.connect((_, panel) => {
          const chat = viewIn(panel);
          if (chat) {
            shorten(chat);
          }
        });
      }
    };
    docRegistry.changed.connect(follow);
    follow();
    void app.started.then(() => {
      const panels = [...shell.widgets('left'), ...shell.widgets('right')];
      const side = panels.find(({ id }) => id === SIDE_PANEL) as
        { chatOpened?: ISignal<unknown, Widget> } | undefined;
      side?.chatOpened?.connect((_, panel) => {
        const chat = viewIn(panel);
        if (chat) {
          shorten(chat);
          // It is attached already, but React draws it only in its next turn.
          MessageLoop.sendMessage(chat, Widget.Msg.UpdateRequest);
        }
      });
    });
  }
};

export const longChatPlugins = [longChats] as JupyterFrontEndPlugin<unknown>[];
