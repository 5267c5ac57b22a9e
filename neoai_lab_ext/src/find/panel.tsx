import {
  caretDownIcon,
  caretRightIcon,
  caseSensitiveIcon,
  type LabIcon,
  regexIcon,
  searchIcon,
  VDomRenderer,
  wordIcon
} from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { JSX } from 'react';

import { Results } from './results';
import type { IFileMatches, IMatch, ITextQuery } from './search';
import type { SearchModel } from './searchmodel';

type Open = (file: IFileMatches, match: IMatch | null) => void;

/** The Search panel: text across the project, and its replacement. */
export class SearchPanel extends VDomRenderer<SearchModel> {
  constructor(
    model: SearchModel,
    private readonly _open: Open
  ) {
    super(model);
    const { trans } = model;
    this.id = 'neoai-search';
    this.addClass('neoai-Search');
    this.title.icon = searchIcon;
    this.title.caption = trans.__('Search in Project');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Search in Project'));
  }

  /** Put the keyboard in the query, all of it selected. */
  focusQuery(): void {
    void this.renderPromise?.then(() => {
      const input = this.node.querySelector<HTMLInputElement>('input');
      input?.focus();
      input?.select();
    });
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusQuery();
  }

  protected override render(): JSX.Element {
    const { model } = this;
    const { trans, query, isReplacing } = model;
    const FoldIcon = isReplacing ? caretDownIcon : caretRightIcon;
    return (
      <>
        <div className="neoai-Search-form">
          <div className="neoai-Search-field">
            <button
              className="neoai-Search-toggle"
              aria-expanded={isReplacing}
              title={trans.__('Show Replace')}
              aria-label={trans.__('Show Replace')}
              onClick={() => model.update({ isReplacing: !isReplacing })}
            >
              <FoldIcon.react tag="span" />
            </button>
            <input
              className="neoai-Search-query"
              placeholder={trans.__('Search')}
              aria-label={trans.__('Search')}
              spellCheck={false}
              value={query.query}
              onChange={event => model.set({ query: event.target.value })}
              onKeyDown={event => this._queryKey(event.key)}
            />
            {this._option('case', caseSensitiveIcon, trans.__('Match Case'))}
            {this._option('word', wordIcon, trans.__('Whole Words'))}
            {this._option('regex', regexIcon, trans.__('Regular Expression'))}
          </div>
          {isReplacing && (
            <div className="neoai-Search-field">
              <input
                className="neoai-Search-replacement"
                placeholder={trans.__('Replace')}
                aria-label={trans.__('Replace')}
                spellCheck={false}
                value={model.replacement}
                onChange={event =>
                  model.update({ replacement: event.target.value })
                }
              />
              {this._replaceButton()}
            </div>
          )}
          {this._globs(
            'include',
            trans.__('Files to include, such as *.py, src')
          )}
          {this._globs('exclude', trans.__('Files to exclude'))}
        </div>
        {this._status()}
        {this._done()}
        <Results model={model} open={this._open} />
      </>
    );
  }

  private _queryKey(key: string): void {
    if (key === 'Enter') {
      void this.model.search();
    } else if (key === 'Escape') {
      this.model.cancel();
    } else if (key === 'ArrowDown') {
      this.node.querySelector<HTMLElement>('.neoai-Search-results')?.focus();
    }
  }

  private _option(
    name: 'case' | 'word' | 'regex',
    Icon: LabIcon,
    label: string
  ): JSX.Element {
    const isOn = !!this.model.query[name];
    return (
      <button
        className="neoai-Search-option"
        aria-pressed={isOn}
        aria-label={label}
        title={label}
        onClick={() => this.model.set({ [name]: !isOn }, true)}
      >
        <Icon.react tag="span" />
      </button>
    );
  }

  private _globs(
    name: keyof ITextQuery & ('include' | 'exclude'),
    label: string
  ): JSX.Element {
    return (
      <input
        className="neoai-Search-globs"
        placeholder={label}
        aria-label={label}
        spellCheck={false}
        value={this.model.query[name] ?? ''}
        onChange={event => this.model.set({ [name]: event.target.value })}
      />
    );
  }

  private _replaceButton(): JSX.Element {
    const { trans, isApplying, isBusy } = this.model;
    const { matches } = this.model.chosen;
    return (
      <button
        className="neoai-Search-apply jp-mod-styled jp-mod-accept"
        disabled={matches === 0 || isApplying || isBusy}
        onClick={() => void this.model.apply()}
      >
        {trans.__('Replace %1', matches)}
      </button>
    );
  }

  private _status(): JSX.Element {
    const { trans, isBusy, error, end, files, matchCount, query } = this.model;
    if (error !== null) {
      return (
        <p className="neoai-Search-error" role="alert">
          {error}
        </p>
      );
    }
    const found = trans.__(
      '%1 in %2',
      trans._n('%1 result', '%1 results', matchCount),
      trans._n('%1 file', '%1 files', files.length)
    );
    const limits = {
      matches: trans.__('There are more: narrow the search.'),
      time: trans.__('The search took too long and was ended.')
    };
    return (
      <p className="neoai-Search-status" role="status">
        {query.query === ''
          ? ''
          : isBusy || end === null
            ? matchCount > 0
              ? found
              : isBusy
                ? trans.__('Searching…')
                : ''
            : end.matches === 0
              ? trans.__('Nothing found.')
              : found}
        {end?.limited ? ` ${limits[end.limited]}` : ''}
        {!isBusy && end !== null && (
          <button
            className="neoai-Link"
            onClick={() => void this.model.search()}
          >
            {trans.__('Search Again')}
          </button>
        )}
        {isBusy && (
          <button className="neoai-Link" onClick={() => this.model.cancel()}>
            {trans.__('Cancel')}
          </button>
        )}
      </p>
    );
  }

  /** What became of the last replacement, with the way back. */
  private _done(): JSX.Element | null {
    const { trans, done, isApplying } = this.model;
    if (!done) {
      return null;
    }
    const { outcome, isUndone } = done;
    const well = outcome.files.filter(({ state }) => state === 'done').length;
    const left = outcome.files.filter(({ state }) => state !== 'done');
    return (
      <div className="neoai-Search-done" role="status">
        <p>
          {isUndone
            ? trans._n(
                '%1 file is as it was.',
                '%1 files are as they were.',
                well
              )
            : trans.__(
                'Replaced %1 in %2.',
                trans._n('%1 place', '%1 places', outcome.edits),
                trans._n('%1 file', '%1 files', well)
              )}{' '}
          {!isUndone && outcome.edits > 0 && (
            <button
              className="neoai-Link"
              disabled={isApplying}
              onClick={() => void this.model.undo()}
            >
              {trans.__('Undo')}
            </button>
          )}
        </p>
        {left.length > 0 && (
          <ul>
            {left.slice(0, 20).map(({ path, detail }) => (
              <li key={path}>
                <b>{path}</b> {detail}
              </li>
            ))}
          </ul>
        )}
      </div>
    );
  }
}
