import type { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';
import * as monaco from 'monaco-editor/editor';
import type * as lsp from 'vscode-languageserver-protocol';

import type { NeoAIEditorWidget } from '../editor';
import type { IEditorSettings } from '../editor/settings';
import type { EditorView } from '../editor/view';
import type { IProjects, Project } from '../projects';
import { OpenDocument } from './document';
import { knowsRoot } from './places';
import { Session } from './session';
import { chosen, findSpecs, type ISpec, knows } from './specs';
import type { IServerState } from './tokens';

export namespace LanguageServers {
  export interface IOptions {
    connection: ServerConnection.ISettings;
    projects: IProjects | null;
    trans: TranslationBundle;
    settings: () => IEditorSettings;
    provide: (session: Session, languages: string[]) => monaco.IDisposable;
    applyEdit: (edit: lsp.WorkspaceEdit, session: Session) => Promise<boolean>;
  }
}

/** An editor whose file a language server may look after. */
interface IFollowed {
  widget: NeoAIEditorWidget;
  view: EditorView;
  document: OpenDocument | null;
  session: Session | null;
}

/** Which files are looked after by which language servers. */
export class LanguageServers {
  constructor(private readonly _options: LanguageServers.IOptions) {
    this._ready = this._prepare();
    _options.projects?.changed.connect(() => this.update());
  }

  /** A server, or what it knows of a file, is another one now. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Look after the file of an editor until that is closed. */
  async follow(widget: NeoAIEditorWidget): Promise<void> {
    const [view] = await Promise.all([widget.content.ready, this._ready]);
    if (widget.isDisposed || view.isDisposed) {
      return;
    }
    const followed: IFollowed = { widget, view, document: null, session: null };
    this._followed.add(followed);
    const { context } = widget;
    const place = () => this._place(followed);
    const saved = (_: unknown, state: string) => {
      if (state === 'completed' && followed.document) {
        followed.session?.saved(followed.document);
      }
    };
    view.model.onDidChangeLanguage(place);
    context.pathChanged.connect(place);
    context.saveState.connect(saved);
    view.model.onWillDispose(() => {
      context.pathChanged.disconnect(place);
      context.saveState.disconnect(saved);
      this._followed.delete(followed);
      this._leave(followed);
    });
    place();
  }

  /** Take the settings, the projects and what they are trusted with into account. */
  update(): void {
    for (const followed of this._followed) {
      this._place(followed);
    }
    for (const [key, session] of this._sessions) {
      const mark = this._markOf(session.folder);
      if (this._marks.get(key) !== mark) {
        this._marks.set(key, mark);
        session.restart();
      }
    }
    this._changed.emit();
  }

  /** Look again for what is installed, and start anew what looks after a file. */
  async restart(widget: NeoAIEditorWidget): Promise<void> {
    await this._find();
    this.update();
    this.sessionOf(widget)?.restart();
  }

  sessionOf(widget: NeoAIEditorWidget): Session | null {
    return this._followedOf(widget)?.session ?? null;
  }

  stateOf(widget: NeoAIEditorWidget): IServerState | null {
    const followed = this._followedOf(widget);
    if (!followed || followed.view.isDisposed) {
      return null;
    }
    const language = followed.view.model.getLanguageId();
    const specs = this._specsOf(language);
    const { session } = followed;
    if (session) {
      const { status, server, reason } = session;
      return { status, language, server, reason };
    }
    if (language === 'plaintext' || !this._isOwners) {
      return null;
    }
    const { trans } = this._options;
    const isOff = this._isOff(language);
    return {
      status: isOff ? 'off' : 'none',
      language,
      server: '',
      reason: isOff
        ? trans.__('The settings switch it off.')
        : specs.length > 0
          ? trans.__(
              'None of these is installed: %1.',
              specs.map(({ title }) => title).join(', ')
            )
          : trans.__('None is known for this language.')
    };
  }

  private async _prepare(): Promise<void> {
    const { projects } = this._options;
    const known =
      projects && projects.items.length === 0 ? projects.refresh() : null;
    await Promise.all([this._find(), known]);
  }

  private async _find(): Promise<void> {
    try {
      const specs = knowsRoot()
        ? await findSpecs(this._options.connection)
        : null;
      this._isOwners = specs !== null;
      this._specs = specs ?? [];
    } catch (error) {
      console.warn('The language servers could not be asked for.', error);
      this._specs = [];
    }
  }

  private _followedOf(widget: NeoAIEditorWidget): IFollowed | null {
    for (const followed of this._followed) {
      if (followed.widget === widget) {
        return followed;
      }
    }
    return null;
  }

  private _specsOf(language: string): ISpec[] {
    const point = monaco.languages
      .getLanguages()
      .find(({ id }) => id === language);
    return point && language !== 'plaintext'
      ? this._specs.filter(spec => knows(spec, point))
      : [];
  }

  private _isOff(language: string): boolean {
    const { languageServers, languageServersOff } = this._options.settings();
    return !languageServers || languageServersOff.includes(language);
  }

  /** Bring a file to the server that looks after it now. */
  private _place(followed: IFollowed): void {
    const { widget, view, document, session } = followed;
    if (view.isDisposed) {
      return;
    }
    const language = view.model.getLanguageId();
    const path = widget.context.localPath;
    const choice = this._options.settings().languageServerChoice[language];
    const spec = this._isOff(language)
      ? null
      : chosen(this._specsOf(language), choice);
    const folder = this._projectOf(path)?.path ?? '';
    if (
      session &&
      spec?.name === session.server &&
      folder === session.folder &&
      document?.path === path &&
      document.language === language
    ) {
      return;
    }
    this._leave(followed);
    if (spec) {
      this._enter(followed, this._sessionFor(spec, folder), path, language);
    }
    this._changed.emit();
  }

  private _enter(
    followed: IFollowed,
    session: Session,
    path: string,
    language: string
  ): void {
    const { model } = followed.view;
    const shared = [...this._followed].find(
      other => other.session === session && other.document?.path === path
    )?.document;
    const document = shared ?? new OpenDocument(path, language);
    document.add(model);
    followed.session = session;
    followed.document = document;
    if (shared) {
      session.mark(document);
    } else {
      session.open(document);
    }
  }

  private _leave(followed: IFollowed): void {
    const { session, document, view } = followed;
    followed.session = followed.document = null;
    if (!session || !document) {
      return;
    }
    if (document.models.length > 1) {
      document.remove(view.model);
      if (!view.model.isDisposed()) {
        monaco.editor.setModelMarkers(view.model, session.owner, []);
      }
      return;
    }
    session.close(document);
    document.dispose();
    if (session.isEmpty) {
      // Whoever moves a file closes it and opens it again at once.
      setTimeout(() => this._end(session), IDLE_MS);
    }
  }

  private _end(session: Session): void {
    const key = keyOf(session.server, session.folder);
    if (session.isEmpty && this._sessions.get(key) === session) {
      this._sessions.delete(key);
      session.dispose();
    }
  }

  private _sessionFor(spec: ISpec, folder: string): Session {
    const key = keyOf(spec.name, folder);
    const known = this._sessions.get(key);
    if (known) {
      return known;
    }
    const languages = monaco.languages
      .getLanguages()
      .filter(point => knows(spec, point))
      .map(({ id }) => id);
    const session = new Session({
      server: spec.name,
      folder,
      settings: this._options.connection,
      provide: started => this._options.provide(started, languages),
      applyEdit: this._options.applyEdit
    });
    session.changed.connect(() => this._changed.emit());
    this._sessions.set(key, session);
    this._marks.set(key, this._markOf(folder));
    return session;
  }

  private _projectOf(path: string): Project | null {
    return this._options.projects?.find(path) ?? null;
  }

  /** What of a project decides how its servers are started. */
  private _markOf(folder: string): string {
    const project = this._projectOf(folder);
    return project?.trusted
      ? JSON.stringify(project.settings.interpreter ?? '')
      : '';
  }

  private readonly _changed = new Signal<this, void>(this);
  private readonly _followed = new Set<IFollowed>();
  private readonly _marks = new Map<string, string>();
  private readonly _ready: Promise<void>;
  private readonly _sessions = new Map<string, Session>();
  /** Whether this page may have language servers at all. */
  private _isOwners = false;
  private _specs: ISpec[] = [];
}

/** In milliseconds: how long a server without files is kept. */
const IDLE_MS = 60_000;

const keyOf = (server: string, folder: string) => `${server}\n${folder}`;
