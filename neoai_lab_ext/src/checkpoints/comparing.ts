import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { API } from '../api';
import type { INeoAIEditorOpener } from '../editor';
import { DiffEditor, diffWidget, type IOriginal } from '../editor/diff';
import type { IProjects, Project } from '../projects';

interface IOptions {
  app: JupyterFrontEnd;
  api: API;
  documents: IDocumentManager;
  opener: INeoAIEditorOpener;
  projects: IProjects;
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
    const { app, opener, trans } = this._options;
    const id = `neoai-diff:${path}:${kind}`;
    for (const widget of app.shell.widgets('main')) {
      if (widget.id === id && widget instanceof MainAreaWidget) {
        app.shell.activateById(id);
        await (widget.content as DiffEditor).refresh();
        return;
      }
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
