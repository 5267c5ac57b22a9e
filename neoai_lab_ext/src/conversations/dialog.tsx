import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { JSX } from 'react';

import { ConversationsView, type IConversationsOptions } from './view';

/** The chats of a project: search, open, rename, export and delete. */
export class ConversationsDialog extends Dialog<void> {
  constructor(options: Omit<IConversationsOptions, 'close'>) {
    const { project, trans } = options;
    super({
      title: trans.__('Conversations of “%1”', project.name),
      body: new ConversationsBody({ ...options, close: () => this.resolve(0) }),
      buttons: [Dialog.cancelButton({ label: trans.__('Close') })],
      focusNodeSelector: '.neoai-Conversations-query'
    });
    this.addClass('neoai-ConversationsDialog');
  }

  /** Enter is that of the field or button that has the keyboard, and closes nothing else. */
  override handleEvent(event: Event): void {
    const isEnter =
      event.type === 'keydown' && (event as KeyboardEvent).key === 'Enter';
    const isInList =
      event.target instanceof Element &&
      event.target.closest('.neoai-Conversations') !== null;
    if (!isEnter || !isInList) {
      super.handleEvent(event);
    }
  }
}

class ConversationsBody extends ReactWidget {
  constructor(private readonly _options: IConversationsOptions) {
    super();
    this.addClass('neoai-Conversations');
  }

  protected override render(): JSX.Element {
    return <ConversationsView {...this._options} />;
  }
}
