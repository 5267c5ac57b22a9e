import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  type IThemeManager,
  MainAreaWidget,
  Notification
} from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { API } from '../api';
import type { INeoAIEditorOpener } from '../editor';
import { type DiffEditor, diffWidget, type IOriginal } from '../editor/diff';
import type { IProjects, Project } from '../projects';
import { type NotebookDiff, notebookDiffWidget } from './notebookdiff';

interface IOptions {
  app: JupyterFrontEnd;
  api: API;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  projects: IProjects;
  rendermime: IRenderMimeRegistry | null;
  themes: IThemeManager | null;
  trans: TranslationBundle;
}

/** A file and the project around it; `inside` is its path there. */
export interface IPlace {
  project: Project;
  inside: string;
}

/** Opens files beside what they were, or beside others. */
export class Comparing {
  constructor(private readonly _options: IOptions) {}

  /** Where `path` is among the projects; null outside them. */
  place(path: string): IPlace | null {
    const project = this._options.projects.find(path);
    if (!project) {
      return null;
    }
    const inside = project.path ? path.slice(project.path.length + 1) : path;
    return { project, inside };
  }

  withSaved(path: string): Promise<void> {
    const { trans } = this._options;
    return this._open(path, 'saved', {
      label: trans.__('Saved'),
      read: () => this._saved(path)
    });
  }

  withFile(path: string, other: string): Promise<void> {
    return this._open(path, `file:${other}`, {
      label: other,
      read: () => this._saved(other)
    });
  }

  /** Compare with a version of the file's history; `label` says which. */
  withVersion(path: string, version: string, label: string): Promise<void> {
    const place = this._placed(path);
    return this._open(path, `version:${version}`, {
      label,
      read: async () =>
        this._text(
          path,
          await this._options.api.bytes(
            '/projects/{project_id}/versions/{path}',
            {
              path: { project_id: place.project.id, path: place.inside },
              query: { version }
            }
          )
        )
    });
  }

  /** Compare a file with what it was at a checkpoint. */
  withCheckpoint(path: string, id: string, label: string): Promise<void> {
    const place = this._placed(path);
    return this._open(path, `checkpoint:${id}`, {
      label,
      read: async () =>
        this._text(
          path,
          await this._options.api.bytes(
            '/projects/{project_id}/checkpoints/{checkpoint_id}/files/{path}',
            {
              path: {
                project_id: place.project.id,
                checkpoint_id: id,
                path: place.inside
              }
            }
          )
        )
    });
  }

  /** Compare a file with what the last commit of its git repository has. */
  withHead(path: string): Promise<void> {
    const place = this._placed(path);
    return this._open(path, 'head', {
      label: 'HEAD',
      read: async () =>
        this._text(
          path,
          await this._options.api.bytes('/projects/{project_id}/head/{path}', {
            path: { project_id: place.project.id, path: place.inside }
          })
        )
    });
  }

  private _placed(path: string): IPlace {
    const place = this.place(path);
    if (!place) {
      throw new Error(
        this._options.trans.__('%1 is in no project: it has no history.', path)
      );
    }
    return place;
  }

  /** The file on the disk, in whatever encoding it has. */
  private async _saved(path: string): Promise<string> {
    const { contents } = this._options.documents.services;
    const file = await contents.get(path, {
      type: 'file',
      format: 'text',
      content: true
    });
    return String(file.content);
  }

  private _text(path: string, bytes: ArrayBuffer): string {
    const { tracker } = this._options.opener;
    const open = tracker.find(widget => widget.context.path === path);
    const encoding = open?.content.fileText?.encoding ?? 'utf-8';
    let decoder: TextDecoder;
    try {
      decoder = new TextDecoder(encoding);
    } catch {
      decoder = new TextDecoder(); // The server knows more encodings than browsers do.
    }
    return decoder.decode(bytes);
  }

  private async _open(
    path: string,
    kind: string,
    original: IOriginal
  ): Promise<void> {
    const { rendermime } = this._options;
    const context = rendermime ? await this._notebook(path) : null;
    await (rendermime && context
      ? this._openNotebook(context, rendermime, kind, original)
      : this._openText(path, kind, original));
  }

  /** The notebook at a path, opened if it is not; null for other files. */
  private async _notebook(
    path: string
  ): Promise<DocumentRegistry.Context | null> {
    const { app, documents } = this._options;
    const types = app.docRegistry.getFileTypesForPath(path);
    if (!types.some(({ contentType }) => contentType === 'notebook')) {
      return null;
    }
    const isNotebook = (context: DocumentRegistry.Context | undefined) =>
      context?.path === path &&
      (context.model.sharedModel as { cells?: unknown }).cells !== undefined;
    let context = Array.from(app.shell.widgets('main'))
      .map(widget => documents.contextForWidget(widget))
      .find(isNotebook);
    if (!context) {
      const widget = documents.openOrReveal(path);
      context = widget && documents.contextForWidget(widget);
    }
    await context?.ready;
    return isNotebook(context) ? (context ?? null) : null;
  }

  private async _openNotebook(
    context: DocumentRegistry.Context,
    rendermime: IRenderMimeRegistry,
    kind: string,
    original: IOriginal
  ): Promise<void> {
    const { api, app, documents, themes, trans } = this._options;
    const { path } = context;
    const id = `neoai-diff:${path}:${kind}`;
    if (await this._reveal(id)) {
      return;
    }
    const asText = async (reason?: string) => {
      if (reason) {
        Notification.info(reason, { autoClose: 8000 });
      }
      await this._openText(path, `text:${kind}`, original);
    };
    const widget = notebookDiffWidget({
      api,
      context,
      original,
      rendermime,
      themes,
      trans,
      asText
    });
    widget.id = id;
    const ref = documents.findWidget(path, null)?.id;
    app.shell.add(widget, 'main', {
      mode: 'tab-after',
      ...(ref ? { ref } : {})
    });
    app.shell.activateById(id);
    await widget.content.ready;
  }

  /** Bring a comparison that is there to the front, read anew; whether there is one. */
  private async _reveal(id: string): Promise<boolean> {
    const { app } = this._options;
    for (const widget of app.shell.widgets('main')) {
      if (widget.id === id && widget instanceof MainAreaWidget) {
        app.shell.activateById(id);
        await (widget.content as DiffEditor | NotebookDiff).refresh();
        return true;
      }
    }
    return false;
  }

  private async _openText(
    path: string,
    kind: string,
    original: IOriginal
  ): Promise<void> {
    const { app, opener, trans } = this._options;
    const id = `neoai-diff:${path}:${kind}`;
    if (await this._reveal(id)) {
      return;
    }
    const open = opener.tracker.find(found => found.context.path === path);
    const file = open ?? (await opener.open(path));
    if (!file) {
      throw new Error(
        trans.__('%1 is open for reading only: too large, or no text.', path)
      );
    }
    const widget = diffWidget({ file, original, trans });
    widget.id = id;
    app.shell.add(widget, 'main', { ref: file.id, mode: 'tab-after' });
    app.shell.activateById(id);
    await widget.content.ready;
  }
}
