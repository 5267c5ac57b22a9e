import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu, Widget } from '@lumino/widgets';

import { type ISymbol, symbolsAround } from './symbols';
import type { NeoAIEditorWidget } from './tokens';

/** In milliseconds: how long the text must rest before its symbols are asked for. */
const REST = 300;

/** The most entries of a menu; a folder of more is for the file browser. */
const MOST_ENTRIES = 300;

interface IEntry {
  label: string;
  isCurrent: boolean;
  choose: () => void;
}

/** The path and the symbols around the cursor, above the text; each opens its siblings. */
export class Breadcrumbs extends Widget {
  constructor(
    private readonly _editor: NeoAIEditorWidget,
    private readonly _contents: Contents.IManager,
    private readonly _open: (path: string) => void,
    private readonly _trans: TranslationBundle
  ) {
    super({ node: document.createElement('nav') });
    this.addClass('neoai-Breadcrumbs');
    this.node.setAttribute('aria-label', _trans.__('Breadcrumbs'));
    this._list = this.node.appendChild(document.createElement('ol'));
    const { content, context } = _editor;
    content.cursorMoved.connect(this._show, this);
    content.symbolsChanged.connect(this._ask, this);
    context.pathChanged.connect(this._show, this);
    context.model.contentChanged.connect(this._rest, this);
    this._show();
    void content.ready.then(() => this._ask());
  }

  override dispose(): void {
    window.clearTimeout(this._timer);
    const { content, context } = this._editor;
    content.cursorMoved.disconnect(this._show, this);
    content.symbolsChanged.disconnect(this._ask, this);
    context.pathChanged.disconnect(this._show, this);
    context.model?.contentChanged.disconnect(this._rest, this);
    super.dispose();
  }

  protected override onBeforeShow(): void {
    void this._ask();
  }

  private _rest(): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => void this._ask(), REST);
  }

  private async _ask(): Promise<void> {
    const view = this._editor.content.view;
    if (!view || view.isDisposed || this.isHidden) {
      return;
    }
    this._symbols = await view.symbols();
    if (!this.isDisposed) {
      this._show();
    }
  }

  private _show(): void {
    const { content, context } = this._editor;
    const names = context.localPath.split('/').filter(name => name);
    const around = symbolsAround(this._symbols, content.cursor.line);
    const key = JSON.stringify([names, around]);
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    this._list.replaceChildren(
      ...names.map((name, index) =>
        this._crumb(name, 'path', node =>
          this._openFolder(names.slice(0, index).join('/'), name, node)
        )
      ),
      ...around.map(symbol =>
        this._crumb(symbol.name, symbol.type, node =>
          this._openSymbols(symbol, node)
        )
      )
    );
  }

  private _crumb(
    name: string,
    type: string,
    open: (node: HTMLElement) => void
  ): HTMLElement {
    const item = document.createElement('li');
    const button = item.appendChild(document.createElement('button'));
    button.textContent = name;
    button.dataset.symbol = type;
    button.setAttribute('aria-haspopup', 'menu');
    button.addEventListener('click', () => open(button));
    return item;
  }

  /** The entries of a folder; a folder among them opens in its turn. */
  private _openFolder(
    folder: string,
    current: string,
    node: HTMLElement
  ): void {
    const path = this._editor.context.path;
    const drive = path.slice(
      0,
      path.length - this._editor.context.localPath.length
    );
    const list = async () => {
      const { content } = await this._contents.get(drive + folder);
      const models = (content as Contents.IModel[]).slice(0, MOST_ENTRIES);
      const rank = (model: Contents.IModel) =>
        model.type === 'directory' ? 0 : 1;
      models.sort(
        (one, other) =>
          rank(one) - rank(other) || one.name.localeCompare(other.name)
      );
      const entries = models.map(model => ({
        label: model.type === 'directory' ? `${model.name}/` : model.name,
        isCurrent: model.name === current,
        choose: () =>
          model.type === 'directory'
            ? this._openFolder(PathExt.join(folder, model.name), '', node)
            : this._open(drive + PathExt.join(folder, model.name))
      }));
      this._openMenu(entries, node);
    };
    list().catch(() =>
      this._openMenu(
        [
          {
            label: this._trans.__('The folder cannot be read.'),
            isCurrent: false,
            choose: () => undefined
          }
        ],
        node
      )
    );
  }

  /** The symbols beside `symbol`: those of its level within the same outer one. */
  private _openSymbols(symbol: ISymbol, node: HTMLElement): void {
    const around = symbolsAround(this._symbols, symbol.line);
    const outer = around.find(({ level }) => level === symbol.level - 1);
    const siblings = this._symbols.filter(
      ({ level, line }) =>
        level === symbol.level &&
        (!outer || (outer.line <= line && line <= outer.endLine))
    );
    this._openMenu(
      siblings.slice(0, MOST_ENTRIES).map(({ name, line }) => ({
        label: name,
        isCurrent: line === symbol.line,
        choose: () => this._editor.content.view?.goTo(line)
      })),
      node
    );
  }

  private _openMenu(entries: IEntry[], node: HTMLElement): void {
    const commands = new CommandRegistry();
    const menu = new Menu({ commands });
    menu.addClass('neoai-BreadcrumbsMenu');
    entries.forEach(({ label, isCurrent, choose }, index) => {
      const command = `choose-${index}`;
      commands.addCommand(command, {
        label,
        isToggled: () => isCurrent,
        execute: choose
      });
      menu.addItem({ command });
    });
    menu.aboutToClose.connect(() =>
      requestAnimationFrame(() => menu.dispose())
    );
    const { left, bottom } = node.getBoundingClientRect();
    menu.open(left, bottom);
    menu.activeIndex = Math.max(
      entries.findIndex(entry => entry.isCurrent),
      0
    );
  }

  private readonly _list: HTMLElement;
  private _shown = '';
  private _symbols: ISymbol[] = [];
  private _timer = 0;
}
