import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import type { API } from '../api';
import type { Project } from '../projects';
import { ExportsView } from './view';

interface IExportsOptions {
  api: API;
  project: Project;
  trans: TranslationBundle;
}

/** The archives of a project that the server keeps. Whatever is under way goes on when it closes. */
export class ExportsDialog extends Dialog<void> {
  constructor(options: IExportsOptions) {
    const { project, trans } = options;
    super({
      title: trans.__('Kept Exports of “%1”', project.name),
      body: new ExportsBody(options),
      buttons: [Dialog.cancelButton({ label: trans.__('Close') })],
      focusNodeSelector: '.neoai-Exports-keep'
    });
    this.addClass('neoai-ExportsDialog');
  }

  /** Enter is the button's that has the keyboard, and closes nothing else. */
  override handleEvent(event: Event): void {
    const isEnter =
      event.type === 'keydown' && (event as KeyboardEvent).key === 'Enter';
    const isInList =
      event.target instanceof Element &&
      event.target.closest('.neoai-Exports') !== null;
    if (isEnter && isInList) {
      event.stopPropagation();
      return;
    }
    super.handleEvent(event);
  }
}

class ExportsBody extends ReactWidget {
  constructor(private readonly _options: IExportsOptions) {
    super();
    this.addClass('neoai-Exports');
  }

  protected override render(): JSX.Element {
    return <ExportsView {...this._options} />;
  }
}
