import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  CommandToolbarButton,
  fileIcon,
  folderIcon,
  LabIcon,
  Toolbar
} from '@jupyterlab/ui-components';
import { Menu, Panel } from '@lumino/widgets';

import type { API } from '../../api';
import { keepingFocus } from '../../focus';
import { CommandIDs as ProjectCommands, type IProjects } from '../tokens';
import type { Project } from '../tokens';
import { TreeActions } from './actions';
import { Changes } from './changes';
import { addTreeCommands } from './commands';
import { OpenDocuments } from './documents';
import { TreeDrag } from './drag';
import { TreeHeader } from './header';
import { TreeList } from './list';
import { TreeModel } from './model';
import { addOpenWith } from './openwith';
import { nameOf } from './paths';
import { Recent } from './recent';
import { SettingsDialog } from './settingsdialog';
import { TreeSource } from './source';
import { CommandIDs, type INode } from './tokens';
import { Uploads } from './uploads';
import { TreeWatch } from './watch';

export interface IRoomOptions {
  app: JupyterFrontEnd;
  api: API;
  projects: IProjects;
  documents: IDocumentManager;
  browser: IDefaultFileBrowser;
  state: IStateDB | null;
  trans: TranslationBundle;
}

/** The project view: a project's name, search and tree. */
export class TreeRoom extends Panel {
  constructor(private readonly _options: IRoomOptions) {
    super();
    const { app, documents, trans, projects, state } = _options;
    this.addClass('neoai-TreeRoom');
    this._open = new OpenDocuments(
      app,
      documents,
      trans,
      () => this.model.project?.path ?? ''
    );
    this.changes = new Changes(this.model, this._open, trans);
    this.uploads = new Uploads(this.model, this.changes, trans);
    this.actions = new TreeActions(
      this.model,
      this.changes,
      this.uploads,
      trans
    );
    this._header = new TreeHeader({
      model: this.model,
      trans,
      switchProject: anchor => this.switchProject(anchor),
      focusTree: () => this.list.focusTree()
    });
    this.list = new TreeList(this.model, {
      trans,
      iconOf: node => this._iconOf(node),
      naming: name => this.actions.name(name),
      open: () => this.actions.open(),
      peek: () => keepingFocus(() => this.actions.open())
    });
    addTreeCommands(this, _options);
    addOpenWith(app, this.model, this.actions, trans);
    new TreeDrag(this.list, this.model, this.actions);
    this._recent = new Recent(state);
    this.watch = new TreeWatch(
      this.model,
      app.serviceManager.contents,
      () => this.isVisible
    );
    this.addWidget(this._toolbar());
    this.addWidget(this._header);
    this.addWidget(this.list);
    this.model.stateChanged.connect(() => {
      const { project, expanded } = this.model;
      if (project) {
        this._recent.expanded(project.id, [...expanded]);
      }
    });
    projects.changed.connect(() => this._projectsChanged());
    projects.opened.connect((_, project) => this.showProject(project));
  }

  readonly model = new TreeModel();
  readonly changes: Changes;
  readonly uploads: Uploads;
  readonly actions: TreeActions;
  readonly list: TreeList;
  readonly watch: TreeWatch;

  /** Show what was shown last, or the project around what the file browser shows. */
  async restore(): Promise<void> {
    const { projects } = this._options;
    await this._recent.load();
    if (projects.items.length === 0) {
      await projects.refresh();
    }
    if (!this.model.project) {
      const last = this._byRecent()[0];
      const isKnown = last && this._recent.ids.includes(last.id);
      const project = projects.current ?? (isKnown ? last : null);
      if (project && isReady(project)) {
        this.showProject(project);
      }
    }
  }

  showProject(project: Project): void {
    this._recent.opened(project.id);
    if (this.model.project?.id !== project.id) {
      const source = new TreeSource(this._options.api, project.id);
      this.changes.stack.clear();
      this.model.show(project, source, this._recent.expandedOf(project.id));
    }
  }

  focusSearch(): void {
    this._header.focusSearch();
  }

  /** A menu of the projects, those that were open lately first. */
  switchProject(anchor: HTMLElement): void {
    const { app, trans } = this._options;
    const menu = new Menu({ commands: app.commands });
    menu.addClass('neoai-TreeMenu');
    const projects = this._byRecent();
    const isTaken = ({ id, name }: Project) =>
      projects.some(other => other.name === name && other.id !== id);
    for (const project of projects.slice(0, 15)) {
      const { id, name, path } = project;
      const label = isTaken(project) ? `${name} (${path || '/'})` : name;
      menu.addItem({
        command: CommandIDs.switchProject,
        args: { id, label, detail: path }
      });
    }
    menu.addItem({ type: 'separator' });
    for (const command of [
      ProjectCommands.open,
      ProjectCommands.openFolder,
      ProjectCommands.create
    ]) {
      menu.addItem({ command });
    }
    menu.title.label = trans.__('Projects');
    menu.aboutToClose.connect(() => setTimeout(() => menu.dispose()));
    const { left, bottom } = anchor.getBoundingClientRect();
    menu.open(left, bottom);
  }

  async settings(): Promise<void> {
    const { project } = this.model;
    const { api, projects, trans } = this._options;
    if (project) {
      await new SettingsDialog(api, project, trans, saved => {
        this.model.update(saved);
        void projects.refresh();
      }).launch();
    }
  }

  override dispose(): void {
    this.watch.dispose();
    this.model.dispose();
    super.dispose();
  }

  private _byRecent(): Project[] {
    const rank = (project: Project) => {
      const at = this._recent.ids.indexOf(project.id);
      return at < 0 ? Infinity : at;
    };
    return this._options.projects.items
      .filter(isReady)
      .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  }

  private _projectsChanged(): void {
    const { items } = this._options.projects;
    const { project } = this.model;
    const now = project && items.find(({ id }) => id === project.id);
    if (now) {
      const wasHere = project.path === now.path;
      this.model.update(now);
      if (!wasHere) {
        void this.model.reload(['', ...this.model.expanded]);
      }
    } else if (project && items.length > 0) {
      this.model.show(null, null, []);
    }
  }

  private _toolbar(): Toolbar {
    const { app, trans } = this._options;
    const toolbar = new Toolbar();
    toolbar.addClass('neoai-Projects-toolbar');
    toolbar.node.setAttribute('aria-label', trans.__('Files'));
    for (const id of [
      CommandIDs.newFile,
      CommandIDs.newFolder,
      CommandIDs.upload,
      CommandIDs.refresh,
      CommandIDs.collapse,
      CommandIDs.settings
    ]) {
      const { commands } = app;
      toolbar.addItem(
        id,
        new CommandToolbarButton({ commands, id, label: '' })
      );
    }
    return toolbar;
  }

  private _iconOf(node: INode): LabIcon {
    if (node.isFolder) {
      return folderIcon;
    }
    const name = nameOf(node.path);
    const dot = name.lastIndexOf('.');
    const kind = dot > 0 ? name.slice(name.indexOf('.', 1)) : name;
    let icon = this._icons.get(kind);
    if (!icon) {
      const { docRegistry } = this._options.app;
      const [type] = docRegistry.getFileTypesForPath(name);
      icon = LabIcon.resolve({ icon: type?.icon ?? fileIcon });
      this._icons.set(kind, icon);
    }
    return icon;
  }

  private readonly _header: TreeHeader;
  private readonly _recent: Recent;
  private readonly _open: OpenDocuments;
  private readonly _icons = new Map<string, LabIcon>();
}

function isReady({ state, missing }: Project): boolean {
  return state === 'ready' && !missing;
}
