import {
  ReactWidget,
  UseSignal,
  caretDownIcon
} from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX } from 'react';

import { explain } from '../errors';
import { projectsIcon } from '../icons';
import type { TreeModel } from './model';

interface IHeaderOptions {
  model: TreeModel;
  trans: TranslationBundle;
  /** Open the menu of projects under an element. */
  switchProject: (anchor: HTMLElement) => void;
  /** Put the keyboard in the tree. */
  focusTree: () => void;
}

/** Which project is shown, and the search in it. */
export class TreeHeader extends ReactWidget {
  constructor(private readonly _options: IHeaderOptions) {
    super();
    this.addClass('neoai-TreeHeader');
  }

  focusSearch(): void {
    this.node.querySelector<HTMLInputElement>('input')?.focus();
  }

  protected override render(): JSX.Element {
    const { model } = this._options;
    return (
      <UseSignal signal={model.stateChanged}>
        {() => <Header {...this._options} />}
      </UseSignal>
    );
  }
}

function Header({
  model,
  trans,
  switchProject,
  focusTree
}: IHeaderOptions): JSX.Element {
  const { project } = model;
  return (
    <>
      <button
        className="neoai-TreeHeader-project"
        aria-haspopup="menu"
        title={project?.path}
        aria-label={
          project
            ? trans.__('Project %1. Switch…', project.name)
            : trans.__('Choose a project')
        }
        onClick={event => switchProject(event.currentTarget)}
      >
        <projectsIcon.react tag="span" />
        <span className="neoai-TreeHeader-name">
          {project?.name ?? trans.__('Choose a project')}
        </span>
        <caretDownIcon.react tag="span" />
      </button>
      {project && (
        <input
          type="search"
          className="neoai-ProjectList-search"
          placeholder={trans.__('Search files by name')}
          aria-label={trans.__('Search files by name')}
          value={model.query}
          onChange={event => (model.query = event.target.value)}
          onKeyDown={event => {
            if (event.key === 'ArrowDown' || event.key === 'Enter') {
              event.preventDefault();
              focusTree();
            } else if (event.key === 'Escape' && model.query) {
              event.preventDefault();
              event.stopPropagation();
              model.query = '';
            }
          }}
        />
      )}
      <p className="neoai-ProjectList-count" role="status">
        {told(model, trans)}
      </p>
    </>
  );
}

/** What is to be said of the search. */
function told(model: TreeModel, trans: TranslationBundle): string {
  const { isBusy, isCut, error } = model.search;
  if (!model.query.trim() || isBusy) {
    return '';
  }
  if (error) {
    return explain(error, trans);
  }
  if (isCut) {
    return trans.__(
      'These are the first of very many. Write more of the name.'
    );
  }
  return model.rows.length === 0
    ? trans.__('No name has “%1” in it.', model.query.trim())
    : '';
}
