import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Change } from './history';

interface IOptions {
  title: string;
  changes: readonly Change[];
  trans: TranslationBundle;
  /** Show a file beside what it was; the dialog is closed before. */
  compare: (path: string) => Promise<void>;
}

/** Let the user choose which changes to take back; null where nothing is to be done. */
export async function chooseChanges(
  options: IOptions
): Promise<string[] | null> {
  const { title, trans } = options;
  const body = new ChangesList(options);
  const dialog = new Dialog<string[]>({
    title,
    body,
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Restore') })
    ]
  });
  dialog.addClass('neoai-RestoreDialog');
  let compared: string | null = null;
  body.onCompare = path => {
    compared = path;
    dialog.reject();
  };
  const { button, value } = await dialog.launch();
  if (compared !== null) {
    await options.compare(compared);
    return null;
  }
  return button.accept ? (value ?? []) : null;
}

class ChangesList extends Widget implements Dialog.IBodyWidget<string[]> {
  constructor({ changes, trans }: IOptions) {
    super();
    this.addClass('neoai-Changes');
    const intro = document.createElement('p');
    intro.textContent = trans.__(
      'What is ticked becomes what it was. A checkpoint of what is there now is made first, so this can be undone.'
    );
    const list = document.createElement('ul');
    const words = {
      added: trans.__('newer: will be removed'),
      modified: trans.__('changed: will be put back'),
      deleted: trans.__('deleted: will come back')
    };
    for (const { path, change } of changes) {
      const item = document.createElement('li');
      const label = document.createElement('label');
      const box = document.createElement('input');
      box.type = 'checkbox';
      box.checked = true;
      const name = document.createElement('span');
      name.className = 'neoai-Changes-path';
      name.textContent = path;
      const what = document.createElement('span');
      what.className = 'neoai-Changes-what';
      what.textContent = words[change];
      label.append(box, name, what);
      item.append(label);
      if (change === 'modified') {
        const compare = document.createElement('button');
        compare.className = 'jp-mod-styled jp-mod-reject';
        compare.type = 'button';
        compare.textContent = trans.__('Compare');
        compare.addEventListener('click', () => this.onCompare(path));
        item.append(compare);
      }
      list.append(item);
      this._boxes.push([path, box]);
    }
    this.node.append(intro, list);
  }

  onCompare: (path: string) => void = () => undefined;

  getValue(): string[] {
    return this._boxes.filter(([, box]) => box.checked).map(([path]) => path);
  }

  private readonly _boxes: [string, HTMLInputElement][] = [];
}
