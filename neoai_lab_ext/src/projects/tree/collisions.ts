import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

/** What to do where a name is taken. */
export type Choice = 'replace' | 'both' | 'skip';

/** Asks what to do where names are taken; the answer may hold for all of one operation. */
export class Collisions {
  constructor(
    private readonly _trans: TranslationBundle,
    /** Whether more than one thing is on its way. */
    private readonly _isMany: boolean
  ) {}

  /** `other` is the name that is there, where it differs from `name` in case alone. */
  async ask(
    name: string,
    folder: string,
    other: string | null = null
  ): Promise<Choice> {
    if (this._forAll) {
      return this._forAll;
    }
    const trans = this._trans;
    const place = folder ? `“${folder}”` : trans.__('the project’s folder');
    const body = new Question(
      other
        ? trans.__(
            '“%1” is in %2. “%3” differs from it in upper and lower case alone: on Windows and macOS both would be one file.',
            other,
            place,
            name
          )
        : trans.__('There is something of this name in %1.', place),
      this._isMany ? trans.__('Do the same for all that follow') : ''
    );
    const dialog = new Dialog<boolean>({
      title: trans.__('“%1” is there already', other ?? name),
      body,
      buttons: [
        Dialog.cancelButton({ label: trans.__('Skip') }),
        Dialog.warnButton({
          label: trans.__('Replace'),
          caption: trans.__('What is there goes to the trash')
        }),
        Dialog.okButton({ label: trans.__('Keep Both') })
      ]
    });
    dialog.addClass('neoai-Collision');
    const { button, value } = await dialog.launch();
    const choices: Record<string, Choice> = {
      [trans.__('Replace')]: 'replace',
      [trans.__('Keep Both')]: 'both'
    };
    const choice = choices[button.label] ?? 'skip';
    if (value) {
      this._forAll = choice;
    }
    return choice;
  }

  private _forAll: Choice | null = null;
}

class Question extends Widget implements Dialog.IBodyWidget<boolean> {
  constructor(text: string, forAll: string) {
    super();
    const paragraph = document.createElement('p');
    paragraph.textContent = text;
    this.node.append(paragraph);
    this._box.type = 'checkbox';
    if (forAll) {
      const label = document.createElement('label');
      label.append(this._box, ` ${forAll}`);
      this.node.append(label);
    }
  }

  getValue(): boolean {
    return this._box.checked;
  }

  private readonly _box = document.createElement('input');
}
