import type { JupyterFrontEnd } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import { fileIcon, searchIcon } from '@jupyterlab/ui-components';

import type { API } from '../api';
import type { INeoAIEditorOpener, NeoAIEditorWidget } from '../editor';
import type { IProjects, Project } from '../projects';
import { commandPicks } from './commandpicks';
import { QuickOpenDialog } from './dialog';
import { FileNames } from './names';
import { join, place } from './openfiles';
import { parseWanted } from './parse';
import type { IPick, IPicks } from './picks';
import type { RecentFiles } from './recents';
import { follow } from './search';

interface IQuickOpenOptions {
  app: JupyterFrontEnd;
  api: API;
  documents: IDocumentManager;
  projects: IProjects;
  opener: INeoAIEditorOpener;
  recents: RecentFiles;
  trans: TranslationBundle;
}

const FOUND_TEXTS = 100;

/** Quick open: files of the current project, lines and symbols of the file in front, commands. */
export class QuickOpen {
  constructor(private readonly _options: IQuickOpenOptions) {}

  /** Show the box, with `text` typed in it already. */
  open(text = ''): void {
    if (this._dialog && !this._dialog.isDisposed) {
      this._dialog.text = text;
      return;
    }
    const editor = this._editor;
    const dialog = new QuickOpenDialog(
      (typed, signal) => this._picks(typed, finding, editor, signal),
      this._options.trans,
      text
    );
    const finding = this._project().then(project => {
      this._files = project && this._filesOf(project);
      // What is known answers at once; what has changed meanwhile comes a moment later.
      void this._files?.refresh().then(
        changed => {
          if (changed && !dialog.isDisposed) {
            void dialog.refresh();
          }
        },
        () => undefined // Whoever waits for the list is told; an older one still serves.
      );
      return project;
    });
    this._dialog = dialog;
    dialog.open();
  }

  /** The current project, else the one that was used last, else the only one. */
  private async _project(): Promise<Project | null> {
    const { projects } = this._options;
    if (!projects.current) {
      await projects.refresh();
    }
    const known = projects.items.filter(({ state }) => state === 'ready');
    const last = known.find(({ id }) => id === this._last);
    const only = known.length === 1 ? known[0] : null;
    const project = projects.current ?? last ?? only;
    this._last = project?.id;
    return project;
  }

  /** The editor in front, if it is ours. */
  private get _editor(): NeoAIEditorWidget | null {
    const { app, opener } = this._options;
    const current = opener.tracker.currentWidget;
    return current && current === app.shell.currentWidget ? current : null;
  }

  private _filesOf(project: Project): FileNames {
    if (this._files?.projectId === project.id) {
      return this._files;
    }
    this._files?.dispose();
    return new FileNames(this._options.api, project.id);
  }

  private async _picks(
    text: string,
    finding: Promise<Project | null>,
    editor: NeoAIEditorWidget | null,
    signal: AbortSignal
  ): Promise<IPicks> {
    const { app, trans } = this._options;
    const wanted = parseWanted(text);
    switch (wanted.kind) {
      case 'commands':
        return commandPicks(app.commands, wanted.query, trans);
      case 'line':
        return this._line(editor, wanted.line, wanted.column ?? 1);
      case 'symbols':
        return this._symbols(editor, wanted.query);
      case 'text':
        return this._text(await finding, wanted.query, signal);
      case 'files':
        return this._names(await finding, wanted);
    }
  }

  private async _names(
    project: Project | null,
    wanted: { query: string; line?: number; column?: number }
  ): Promise<IPicks> {
    const { trans, recents, app } = this._options;
    const files = this._files;
    if (!project || !files) {
      return {
        items: [],
        status: trans.__(
          'Open a project to find its files: there is none around what is shown.'
        )
      };
    }
    if (!files.isKnown) {
      await files.refresh();
    }
    const current = app.shell.currentWidget;
    const front =
      current && this._options.documents.contextForWidget(current)?.path;
    const known = recents.below(project.path, front ?? null);
    const { items, total } = await files.match(wanted.query, known);
    const status =
      total === 0
        ? trans.__('No file of %1 fits “%2”.', project.name, wanted.query)
        : trans._n('%2: %1 file', '%2: %1 files', total, project.name);
    return {
      items: items.map(({ path, positions, isRecent }) => {
        const start = path.lastIndexOf('/') + 1;
        const icon = app.docRegistry.getFileTypesForPath(path)[0]?.icon;
        return {
          id: path,
          label: path.slice(start),
          marks: positions.filter(at => at >= start).map(at => at - start),
          detail: path.slice(0, Math.max(0, start - 1)),
          detailMarks: positions.filter(at => at < start),
          icon: icon ?? fileIcon,
          note: isRecent ? trans.__('recently opened') : undefined,
          run: beside =>
            this._open(join(project, path), wanted.line, wanted.column, beside)
        };
      }),
      status: files.isTruncated
        ? `${status} ${trans.__('(not all of them are listed)')}`
        : status
    };
  }

  private _line(
    editor: NeoAIEditorWidget | null,
    line: number | null,
    column: number
  ): IPicks {
    const { trans } = this._options;
    const last = editor?.content.view?.model.getLineCount();
    if (!editor || last === undefined) {
      return { items: [], status: trans.__('No text file is in front.') };
    }
    if (line === null) {
      const at = editor.content.cursor;
      return {
        items: [],
        status: trans.__(
          'Line %1, column %2. Type a line from 1 to %3.',
          at.line,
          at.column,
          last
        )
      };
    }
    const target = Math.max(1, Math.min(line, last));
    return {
      items: [
        {
          id: `${target}:${column}`,
          label: trans.__('Go to line %1, column %2', target, column),
          run: () => place(editor, target, column)
        }
      ],
      status: trans.__('%1 lines', last)
    };
  }

  private async _symbols(
    editor: NeoAIEditorWidget | null,
    query: string
  ): Promise<IPicks> {
    const { trans } = this._options;
    const view = editor?.content.view;
    if (!editor || !view) {
      return { items: [], status: trans.__('No text file is in front.') };
    }
    const [{ symbolsOf }, { Matcher }] = await Promise.all([
      import('../editor/symbols'),
      import('./matcher')
    ]);
    const all = symbolsOf(
      view.model.getLanguageId(),
      view.model.getLinesContent()
    );
    const names = [...new Set(all.map(({ name }) => name))];
    const { items } = new Matcher(names).match(query, names.length);
    const fits = new Map(items.map(({ path, positions }) => [path, positions]));
    const order = new Map(items.map(({ path }, rank) => [path, rank]));
    const found = all.filter(({ name }) => fits.has(name));
    if (query) {
      found.sort((a, b) => order.get(a.name)! - order.get(b.name)!);
    }
    return {
      items: found.map(({ name, type, line, level }) => ({
        id: `${line}`,
        label: `${query ? '' : '\u2003'.repeat(level)}${name}`,
        marks: query ? fits.get(name) : [],
        detail: trans.__('line %1', line),
        note: type,
        run: () => place(editor, line, 1)
      })),
      status:
        found.length === 0
          ? trans.__('No symbol of this file fits.')
          : trans._n('%1 symbol', '%1 symbols', found.length)
    };
  }

  private async _text(
    project: Project | null,
    query: string,
    signal: AbortSignal
  ): Promise<IPicks> {
    const { api, trans } = this._options;
    if (!project || !query.trim()) {
      return {
        items: [],
        status: project
          ? trans.__('Type what to look for in the files of %1.', project.name)
          : trans.__('There is no project around what is shown.')
      };
    }
    const items: IPick[] = [];
    const asked = { query: query.trim(), limit: FOUND_TEXTS };
    let status = '';
    for await (const found of follow(api, project.id, asked, signal)) {
      if (found.end) {
        const { matches, limited } = found.end;
        status = limited
          ? trans.__('The first %1 matches', matches)
          : trans._n('%1 match', '%1 matches', matches);
      }
      for (const file of found.items ?? []) {
        for (const { line, start, end, text, at } of file.matches) {
          const lead = text.length - text.trimStart().length;
          const width = end - start;
          const marks = Array.from(
            { length: Math.min(width, 200) },
            (_, i) => start - at - lead + i
          );
          items.push({
            id: `${file.path}:${line}:${start}`,
            label: text.trimStart(),
            marks: marks.filter(mark => mark >= 0),
            detail: `${file.path}:${line}`,
            icon: searchIcon,
            run: beside =>
              this._open(join(project, file.path), line, start + 1, beside)
          });
        }
      }
    }
    return { items, status };
  }

  private async _open(
    path: string,
    line: number | undefined,
    column: number | undefined,
    beside: boolean
  ): Promise<void> {
    const { app, documents, opener, trans } = this._options;
    try {
      if (line === undefined && !beside) {
        const widget = documents.openOrReveal(path);
        await widget?.revealed;
        return;
      }
      if (beside) {
        const ref = app.shell.currentWidget?.id;
        documents.open(path, undefined, undefined, {
          mode: 'split-right',
          ...(ref ? { ref } : {})
        });
      }
      if (line !== undefined) {
        place(await opener.open(path, line), line, column ?? 1);
      }
    } catch (error) {
      await showErrorMessage(
        trans.__('Cannot open %1', PathExt.basename(path)),
        error as Error
      );
    }
  }

  private _dialog: QuickOpenDialog | null = null;
  private _files: FileNames | null = null;
  private _last: string | undefined;
}
