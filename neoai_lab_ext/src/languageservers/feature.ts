import '../editor/features';

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as monaco from 'monaco-editor/editor';

import { API } from '../api';
import {
  FACTORY,
  type INeoAIEditorOpener,
  type NeoAIEditorWidget
} from '../editor';
import type { IEditorSettings } from '../editor/settings';
import { MonacoDocument } from '../editor/widget';
import type { IProjects } from '../projects';
import { KnownNames } from './knownnames';
import { type OutsideText, outsideTab } from './outside';
import { OUTSIDE, PEEK } from './places';
import { ProblemsPanel } from './problems';
import { type IProblem, ProblemsModel } from './problemsmodel';
import { provide } from './providers';
import { LanguageServers } from './servers';
import { Texts } from './texts';
import { WorkspaceEdits } from './workspaceedits';

export interface IFeatureOptions {
  app: JupyterFrontEnd;
  opener: INeoAIEditorOpener;
  documents: IDocumentManager;
  projects: IProjects | null;
  trans: TranslationBundle;
  settings: () => IEditorSettings;
}

/** All of language servers that needs Monaco; fetched when the first editor is there. */
export class Feature {
  constructor(private readonly _options: IFeatureOptions) {
    const { app, opener, documents, projects, trans, settings } = _options;
    const { serverSettings, contents } = app.serviceManager;
    const openModel = (path: string) =>
      this._editorOf(path)?.content.view?.model ?? null;
    const texts = new Texts(contents, new API(serverSettings), openModel);
    const edits = new WorkspaceEdits(
      opener,
      async path => {
        // Asked first: what is large or no text opens for reading only.
        await contents.get(path, { content: false });
        const widget = documents.openOrReveal(path, FACTORY, undefined, {
          activate: false
        });
        if (!(widget instanceof MonacoDocument)) {
          throw new Error(trans.__('%1 cannot be written.', path));
        }
        await widget.content.ready;
        return widget;
      },
      async path => {
        const file = await contents.get(path, {
          type: 'file',
          format: 'text',
          content: true
        });
        return String(file.content);
      },
      trans
    );
    this.servers = new LanguageServers({
      connection: serverSettings,
      projects,
      trans,
      settings,
      provide: (session, language) =>
        provide({ session, language, texts, edits }),
      applyEdit: (edit, session) => edits.apply(edit, session)
    });
    this.names = new KnownNames(this.servers, openModel);
    this.problems = new ProblemsModel(opener);
    monaco.editor.registerEditorOpener({
      openCodeEditor: (_, resource, place) => this._open(resource, place)
    });
    opener.tracker.forEach(widget => void this.servers.follow(widget));
    opener.tracker.widgetAdded.connect(
      (_, widget) => void this.servers.follow(widget)
    );
  }

  readonly names: KnownNames;
  readonly problems: ProblemsModel;
  readonly servers: LanguageServers;

  /** Show the list of problems at the bottom. */
  showProblems(): void {
    const { app, trans } = this._options;
    if (!this._panel || this._panel.isDisposed) {
      this._panel = new ProblemsPanel(
        this.problems,
        (path, problem) => void this._openProblem(path, problem),
        trans
      );
    }
    if (!this._panel.isAttached) {
      app.shell.add(this._panel, 'down');
    }
    app.shell.activateById(this._panel.id);
  }

  /** Go from problem to problem, over all open files and around. */
  async step(by: 1 | -1): Promise<void> {
    const { opener } = this._options;
    const all = this.problems.shown.flatMap(({ path, problems }) =>
      problems.map(problem => ({ path, problem }))
    );
    if (all.length === 0) {
      return;
    }
    const current = opener.tracker.currentWidget;
    const path = current?.context.localPath ?? '';
    const { line, column } = current?.content.cursor ?? { line: 0, column: 0 };
    const isAfter = (one: (typeof all)[number]) =>
      one.path.localeCompare(path) ||
      one.problem.range.startLineNumber - line ||
      one.problem.range.startColumn - column;
    const next =
      by > 0
        ? (all.find(one => isAfter(one) > 0) ?? all[0])
        : ([...all].reverse().find(one => isAfter(one) < 0) ??
          all[all.length - 1]);
    await this._openProblem(next.path, next.problem);
  }

  private _editorOf(path: string): NeoAIEditorWidget | null {
    return (
      this._options.opener.tracker.find(
        ({ context, content }) =>
          context.localPath === path && content.view !== null
      ) ?? null
    );
  }

  private async _openProblem(path: string, { range }: IProblem): Promise<void> {
    const { startLineNumber, startColumn } = range;
    await this._openPath(path, {
      startLineNumber,
      startColumn,
      endLineNumber: startLineNumber,
      endColumn: startColumn
    });
  }

  private async _open(
    resource: monaco.Uri,
    place: monaco.IRange | monaco.IPosition | undefined
  ): Promise<boolean> {
    const range =
      place && 'lineNumber' in place
        ? monaco.Range.fromPositions(place)
        : place;
    if (resource.scheme === OUTSIDE) {
      this._openOutside(resource, range);
      return true;
    }
    const open = this._options.opener.tracker.find(
      ({ content }) =>
        content.view?.model.uri.toString() === resource.toString()
    );
    if (!open && resource.scheme !== PEEK) {
      return false;
    }
    await this._openPath(
      open?.context.path ?? resource.path.replace(/^\//, ''),
      range
    );
    return true;
  }

  private async _openPath(
    path: string,
    range: monaco.IRange | undefined
  ): Promise<void> {
    const { opener, app } = this._options;
    const widget = await opener.open(path);
    if (!widget) {
      return; // It is open for reading only, which is all that can be done for it.
    }
    app.shell.activateById(widget.id);
    const view = await widget.content.ready;
    if (range) {
      view.editor.setSelection(range);
      view.editor.revealRangeInCenterIfOutsideViewport(
        range,
        monaco.editor.ScrollType.Immediate
      );
    }
    view.editor.focus();
  }

  private _openOutside(
    uri: monaco.Uri,
    range: monaco.IRange | undefined
  ): void {
    const { app, settings, trans } = this._options;
    let tab = this._outside.get(uri.path);
    if (!tab || tab.isDisposed) {
      tab = outsideTab(uri, settings(), trans);
      this._outside.set(uri.path, tab);
      app.shell.add(tab, 'main');
    }
    app.shell.activateById(tab.id);
    const { editor } = tab.content;
    if (range) {
      editor.setSelection(range);
      editor.revealRangeInCenter(range, monaco.editor.ScrollType.Immediate);
    }
    editor.focus();
  }

  private readonly _outside = new Map<string, MainAreaWidget<OutsideText>>();
  private _panel: ProblemsPanel | null = null;
}
