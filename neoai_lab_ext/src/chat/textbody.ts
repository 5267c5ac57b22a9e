import { Widget } from '@lumino/widgets';

/** A text that is changed in a dialog. */
export class TextBody extends Widget {
  constructor(text: string, label: string) {
    const area = document.createElement('textarea');
    super({ node: document.createElement('div') });
    this.addClass('neoai-TextBody');
    area.className = 'jp-mod-styled';
    area.rows = 8;
    area.value = text;
    area.setAttribute('aria-label', label);
    this._area = area;
    this.node.append(area);
  }

  getValue(): string {
    return this._area.value;
  }

  private readonly _area: HTMLTextAreaElement;
}
