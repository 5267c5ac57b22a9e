import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { EditorStatus } from '../editor/statusitem';
import type { INeoAIEditorOpener } from '../editor';
import type { Feature } from './feature';
import { openServerMenu, stateText } from './menu';
import { CommandIDs } from './tokens';

interface IOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  statusBar: IStatusBar;
  trans: TranslationBundle;
}

/** The language server of the file in front, and how many problems there are. */
export function addServerStatus({ app, opener, statusBar, trans }: IOptions): {
  show(feature: Feature): void;
} {
  let feature: Feature | null = null;
  const { tracker } = opener;
  const current = () =>
    tracker.currentWidget === app.shell.currentWidget
      ? tracker.currentWidget
      : null;
  const server = new EditorStatus({
    className: 'neoai-ServerStatus',
    title: trans.__('Language Server…'),
    text: () => {
      const widget = current();
      return stateText(
        widget && (feature?.servers.stateOf(widget) ?? null),
        trans
      );
    },
    open: (_, node) => openServerMenu(app, node)
  });
  const activeStateChanged = new Signal<object, void>(server);
  const isActive = () => current() !== null;
  const follow = () => {
    server.follow(current()?.content ?? null);
    activeStateChanged.emit();
  };
  tracker.currentChanged.connect(follow);
  app.shell.currentChanged?.connect(follow);
  statusBar.registerStatusItem('neoai-language-server', {
    item: server,
    align: 'right',
    rank: 1.1,
    isActive,
    activeStateChanged
  });
  const problems = new ProblemsStatus(app, trans);
  statusBar.registerStatusItem('neoai-problems', {
    item: problems,
    align: 'left',
    rank: 3
  });
  return {
    show: loaded => {
      feature = loaded;
      loaded.servers.changed.connect(follow);
      const count = () =>
        problems.showCounts(
          loaded.problems.count('error'),
          loaded.problems.count('warning')
        );
      loaded.problems.changed.connect(count);
      count();
      follow();
    }
  };
}

/** How many errors and warnings there are; a click shows them. */
class ProblemsStatus extends Widget {
  constructor(
    app: JupyterFrontEnd,
    private readonly _trans: TranslationBundle
  ) {
    super({ node: document.createElement('button') });
    this.addClass('jp-StatusBar-TextItem');
    this.addClass('neoai-EditorStatus');
    this.addClass('neoai-ProblemsStatus');
    this.node.title = _trans.__('Show the Problems');
    this.node.addEventListener('click', () => {
      void app.commands.execute(CommandIDs.showProblems);
    });
    this.hide();
  }

  showCounts(errors: number, warnings: number): void {
    const seen = document.createElement('span');
    seen.setAttribute('aria-hidden', 'true');
    seen.textContent = `⊗ ${errors}  ⚠ ${warnings}`;
    const said = document.createElement('span');
    said.className = 'neoai-Problems-hidden';
    said.textContent = this._trans.__(
      '%1, %2. Show the problems',
      this._trans._n('%1 error', '%1 errors', errors),
      this._trans._n('%1 warning', '%1 warnings', warnings)
    );
    this.node.replaceChildren(seen, said);
    this.show();
  }
}
