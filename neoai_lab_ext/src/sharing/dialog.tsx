import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { API } from '../api';
import type { Project } from '../projects';
import { ShareView } from './view';

interface IShareOptions {
  api: API;
  project: Project;
  trans: TranslationBundle;
}

/** Who works on a project, and in which role. Each change is made at once. */
export class ShareDialog extends Dialog<void> {
  constructor(options: IShareOptions) {
    const { project, trans } = options;
    super({
      title: trans.__('Share “%1”', project.name),
      body: new ShareBody(options),
      buttons: [Dialog.cancelButton({ label: trans.__('Close') })],
      focusNodeSelector: '.neoai-Share-name'
    });
    this.addClass('neoai-ShareDialog');
  }

  /** In the form, Enter adds somebody; it does not close the dialog. */
  override handleEvent(event: Event): void {
    const isInForm =
      event.target instanceof Element &&
      event.target.closest('.neoai-Share') !== null;
    if (
      event.type === 'keydown' &&
      (event as KeyboardEvent).key === 'Enter' &&
      isInForm
    ) {
      event.stopPropagation();
      if (event.target instanceof HTMLInputElement) {
        event.preventDefault();
        event.target.form?.requestSubmit();
      }
      return;
    }
    super.handleEvent(event);
  }
}

class ShareBody extends ReactWidget {
  constructor(private readonly _options: IShareOptions) {
    super();
    this.addClass('neoai-Share');
  }

  protected override render(): JSX.Element {
    return <ShareView {...this._options} />;
  }
}
