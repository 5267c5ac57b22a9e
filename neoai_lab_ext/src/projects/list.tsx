import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { JSX, KeyboardEvent } from 'react';

import { EmptyState } from './empty';
import { explain } from './errors';
import type { PanelModel } from './panelmodel';
import { ProjectRow } from './row';
import { CommandIDs } from './tokens';

const MAIN = '.neoai-Project-main';

/** The list of projects with its search, or what there is to do where it is empty. */
export class ProjectList extends VDomRenderer<PanelModel> {
  constructor(model: PanelModel) {
    super(model);
    this.addClass('neoai-ProjectList');
  }

  /** Put the keyboard where it was last: on a project, else in the first thing there is. */
  focusSelected(): void {
    const id = this.model.selected?.id ?? this.model.projects.current?.id;
    const row = id
      ? this.node.querySelector<HTMLElement>(`[data-project="${id}"] ${MAIN}`)
      : null;
    (row ?? this.node.querySelector<HTMLElement>(`${MAIN}, button`))?.focus();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusSelected();
  }

  protected override render(): JSX.Element {
    const { projects, trans, query, matching, listed } = this.model;
    if (projects.items.length === 0) {
      return this._renderNothing();
    }
    return (
      <>
        {projects.state === 'failed' && this._renderError()}
        <input
          type="search"
          className="neoai-ProjectList-search"
          placeholder={trans.__('Search projects')}
          aria-label={trans.__('Search projects')}
          value={query}
          onChange={event => (this.model.query = event.target.value)}
          onKeyDown={event => this._searchKey(event)}
        />
        <ul
          aria-label={trans.__('Projects')}
          onKeyDown={event => this._listKey(event)}
        >
          {listed.map((project, index) => (
            <ProjectRow
              key={project.id}
              model={this.model}
              project={project}
              isTabStop={this._isTabStop(project.id, index)}
            />
          ))}
        </ul>
        {matching.length > listed.length && (
          <button className="neoai-Link" onClick={() => this.model.showMore()}>
            {trans.__('Show more (%1 of %2)', listed.length, matching.length)}
          </button>
        )}
        <p className="neoai-ProjectList-count" role="status">
          {matching.length === 0
            ? trans.__('No project’s name or folder has “%1” in it.', query)
            : ''}
        </p>
      </>
    );
  }

  private _renderNothing(): JSX.Element {
    const { projects, trans } = this.model;
    if (projects.state === 'loading') {
      return <p className="neoai-ProjectList-count">{trans.__('Loading…')}</p>;
    }
    if (projects.state === 'failed') {
      return this._renderError();
    }
    return (
      <EmptyState
        commands={this.model.commands}
        title={trans.__('No projects yet')}
        about={trans.__(
          'A project is a folder that NeoAI knows: to search, ask about and work in.'
        )}
        actions={[CommandIDs.openFolder, CommandIDs.create, CommandIDs.clone]}
      />
    );
  }

  private _renderError(): JSX.Element {
    const { projects, trans, commands } = this.model;
    return (
      <div className="neoai-ProjectList-error" role="alert">
        <strong>{trans.__('The projects cannot be listed.')}</strong>
        <p>{explain(projects.error, trans)}</p>
        <button
          className="jp-Button jp-mod-styled jp-mod-accept"
          onClick={() => void projects.refresh()}
        >
          {trans.__('Try Again')}
        </button>{' '}
        <button
          className="jp-Button jp-mod-styled"
          onClick={() => void commands.execute(CommandIDs.health)}
        >
          {trans.__('Details')}
        </button>
      </div>
    );
  }

  private _isTabStop(id: string, index: number): boolean {
    const { selected, listed } = this.model;
    const isListed =
      selected !== null && listed.some(project => project.id === selected.id);
    return isListed ? selected.id === id : index === 0;
  }

  private _searchKey(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      this.node.querySelector<HTMLElement>(MAIN)?.focus();
    } else if (event.key === 'Escape' && this.model.query) {
      event.preventDefault();
      event.stopPropagation();
      this.model.query = '';
    }
  }

  /** The arrows move between projects; F2, Delete and the like are shortcuts, in the settings. */
  private _listKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const rows = [...this.node.querySelectorAll<HTMLElement>(MAIN)];
    const at = rows.findIndex(row => row.closest('li')!.contains(target));
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1
    }[event.key];
    if (to === undefined || target instanceof HTMLInputElement) {
      return;
    }
    event.preventDefault();
    if (to < 0) {
      this.node.querySelector<HTMLElement>('input[type="search"]')?.focus();
    } else {
      rows[Math.min(to, rows.length - 1)]?.focus();
    }
  }
}
