import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Menu } from '@lumino/widgets';

import { ENCODINGS, encodingName } from './filetext';
import { EditorStatus } from './statusitem';
import { CommandIDs, type INeoAIEditorOpener } from './tokens';
import type { MonacoEditor } from './widget';

/** Put what is to know of the editor in front into the status bar; a click changes it. */
export function addStatusItems(
  app: JupyterFrontEnd,
  { tracker }: INeoAIEditorOpener,
  statusBar: IStatusBar,
  trans: TranslationBundle
): void {
  const isActive = () =>
    tracker.currentWidget !== null &&
    tracker.currentWidget === app.shell.currentWidget;
  const items: [string, EditorStatus, number][] = [
    ['neoai-cursor', cursorStatus(app, trans), 2],
    ['neoai-indentation', indentationStatus(app, trans), 1.8],
    ['neoai-encoding', encodingStatus(app, trans), 1.6],
    ['neoai-line-endings', lineEndingsStatus(app, trans), 1.4],
    ['neoai-language', languageStatus(app, trans), 1.2]
  ];
  for (const [id, item, rank] of items) {
    const activeStateChanged = new Signal<object, void>(item);
    const follow = () => {
      item.follow(isActive() ? tracker.currentWidget!.content : null);
      activeStateChanged.emit();
    };
    tracker.currentChanged.connect(follow);
    app.shell.currentChanged?.connect(follow);
    statusBar.registerStatusItem(id, {
      item,
      align: 'right',
      rank,
      priority: id === 'neoai-cursor' ? 1 : 0,
      isActive,
      activeStateChanged
    });
  }
}

function cursorStatus(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): EditorStatus {
  return new EditorStatus({
    className: 'neoai-CursorStatus',
    title: trans.__('Go to Line…'),
    text: editor => {
      const { line, column } = editor.cursor;
      const place = trans.__('Ln %1, Col %2', line, column);
      const selections = editor.view?.editor.getSelections() ?? [];
      if (selections.length > 1) {
        return trans.__('%1 (%2 cursors)', place, selections.length);
      }
      const selected = selections[0]?.isEmpty()
        ? 0
        : (editor.view?.model.getCharacterCountInRange(selections[0]) ?? 0);
      return selected ? trans.__('%1 (%2 selected)', place, selected) : place;
    },
    open: () => void app.commands.execute(CommandIDs.goToLine)
  });
}

function indentationStatus(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): EditorStatus {
  return new EditorStatus({
    className: 'neoai-IndentationStatus',
    title: trans.__('Choose the Indentation…'),
    text: ({ view }) => {
      const options = view?.model.getOptions();
      if (!options) {
        return '';
      }
      return options.insertSpaces
        ? trans.__('Spaces: %1', options.indentSize)
        : trans.__('Tabs: %1', options.tabSize);
    },
    open: (_, node) => {
      const menu = new Menu({ commands: app.commands });
      for (const insertSpaces of [true, false]) {
        for (const size of [2, 4, 8]) {
          const args = { insertSpaces, size };
          menu.addItem({ command: CommandIDs.setIndentation, args });
        }
        menu.addItem({ type: 'separator' });
      }
      for (const to of ['spaces', 'tabs']) {
        menu.addItem({ command: CommandIDs.convertIndentation, args: { to } });
      }
      openAbove(menu, node);
    }
  });
}

function encodingStatus(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): EditorStatus {
  return new EditorStatus({
    className: 'neoai-EncodingStatus',
    title: trans.__('Choose the Encoding…'),
    text: ({ fileText }) =>
      fileText?.encoding ? encodingName(fileText.encoding) : '',
    open: (_, node) => {
      const menu = new Menu({ commands: app.commands });
      const part = (label: string, command: string) => {
        const submenu = new Menu({ commands: app.commands });
        submenu.title.label = label;
        for (const encoding of ENCODINGS) {
          submenu.addItem({ command, args: { encoding } });
        }
        menu.addItem({ type: 'submenu', submenu });
      };
      part(trans.__('Save with Encoding'), CommandIDs.saveWithEncoding);
      part(trans.__('Reopen with Encoding'), CommandIDs.reopenWithEncoding);
      openAbove(menu, node);
    }
  });
}

function lineEndingsStatus(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): EditorStatus {
  const names = {
    lf: 'LF',
    crlf: 'CRLF',
    mixed: trans.__('LF and CRLF'),
    none: 'LF'
  };
  return new EditorStatus({
    className: 'neoai-LineEndingsStatus',
    title: trans.__('Choose the Line Endings…'),
    text: ({ fileText }) => (fileText ? names[fileText.lineEndings] : ''),
    open: (_, node) => {
      const menu = new Menu({ commands: app.commands });
      for (const lineEndings of ['lf', 'crlf']) {
        const args = { lineEndings };
        menu.addItem({ command: CommandIDs.setLineEndings, args });
      }
      openAbove(menu, node);
    }
  });
}

function languageStatus(
  app: JupyterFrontEnd,
  trans: TranslationBundle
): EditorStatus {
  return new EditorStatus({
    className: 'neoai-LanguageStatus',
    title: trans.__('Choose the Language…'),
    text: editor => languageName(editor),
    open: () => void app.commands.execute(CommandIDs.setLanguage)
  });
}

function languageName({ view }: MonacoEditor): string {
  const id = view?.model.getLanguageId();
  return view?.languages.find(language => language.id === id)?.name ?? '';
}

/** Open `menu` where an item of the status bar is; it goes when it closes. */
export function openAbove(menu: Menu, node: HTMLElement): void {
  const { left, top } = node.getBoundingClientRect();
  menu.aboutToClose.connect(() => {
    // What was chosen runs after the menu has closed.
    requestAnimationFrame(() => menu.dispose());
  });
  menu.open(left, top);
}
