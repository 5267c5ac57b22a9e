import {
  caretDownIcon,
  caretRightIcon,
  caseSensitiveIcon,
  codeIcon,
  type LabIcon,
  regexIcon,
  searchIcon,
  VDomRenderer,
  wordIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import type { ComponentType, JSX, KeyboardEvent } from 'react';
import { Suspense } from 'react';

import { CommandIDs as ProjectCommandIDs } from '../projects';
import { EmptyState } from '../projects/empty';
import { type Everywhere, SCOPES } from './everywhere';
import { hintOf, labelOf } from './labels';
import { type Open, Results } from './results';
import type { ITextQuery } from './search';

/** The Search panel: one box for text, meaning, symbols and files, and text's replacement. */
export class SearchPanel extends VDomRenderer<Everywhere> {
  constructor(
    model: Everywhere,
    private readonly _open: Open,
    private readonly _preview: ComponentType<{ model: Everywhere }>,
    private readonly _commands: CommandRegistry
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

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this.model.look();
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.focusQuery();
  }

  protected override render(): JSX.Element {
    const { model } = this;
    const { trans, query, scope, text } = model;
    const { isReplacing } = text;
    const hasText = model.kinds.includes('text');
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
              onClick={() => model.replace(!isReplacing)}
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
            {hasText && (
              <>
                {this._option(
                  'case',
                  caseSensitiveIcon,
                  trans.__('Match Case')
                )}
                {this._option('word', wordIcon, trans.__('Whole Words'))}
                {this._option(
                  'regex',
                  regexIcon,
                  trans.__('Regular Expression')
                )}
              </>
            )}
          </div>
          {isReplacing && (
            <div className="neoai-Search-field">
              <input
                className="neoai-Search-replacement"
                placeholder={trans.__('Replace')}
                aria-label={trans.__('Replace')}
                spellCheck={false}
                value={text.replacement}
                onChange={event =>
                  text.update({ replacement: event.target.value })
                }
              />
              {this._replaceButton()}
            </div>
          )}
          {scope === 'text' && (
            <>
              {this._globs(
                'include',
                trans.__('Files to include, such as *.py, src')
              )}
              {this._globs('exclude', trans.__('Files to exclude'))}
            </>
          )}
          {this._scopes()}
        </div>
        {!model.hasNoProject && this._status()}
        {this._done()}
        {model.hasNoProject ? (
          this._nothing()
        ) : (
          <Results model={model} open={this._open} />
        )}
        {model.hasPreview && model.rows.length > 0 && !isReplacing && (
          <Suspense>
            <this._preview model={model} />
          </Suspense>
        )}
      </>
    );
  }

  /** What is looked for. */
  private _scopes(): JSX.Element {
    const { model } = this;
    const { trans } = model;
    return (
      <div
        className="neoai-Search-scopes"
        role="tablist"
        aria-label={trans.__('What to find')}
        onKeyDown={event => this._scopeKey(event)}
      >
        {SCOPES.map(scope => (
          <button
            key={scope}
            role="tab"
            aria-selected={scope === model.scope}
            tabIndex={scope === model.scope ? 0 : -1}
            title={hintOf(scope, trans)}
            onClick={() => model.show(scope)}
          >
            {labelOf(scope, trans)}
          </button>
        ))}
      </div>
    );
  }

  /** What to do where no project is open. */
  private _nothing(): JSX.Element {
    const { trans, hasProjects } = this.model;
    return (
      <EmptyState
        commands={this._commands}
        title={trans.__('No project is open')}
        about={trans.__('Open a project to search its files.')}
        urgent={this.model.query.query.trim() !== ''}
        actions={[
          ...(hasProjects ? [ProjectCommandIDs.show] : []),
          ProjectCommandIDs.openFolder,
          ProjectCommandIDs.create
        ]}
      />
    );
  }

  private _previewToggle(): JSX.Element {
    const { model } = this;
    const label = model.trans.__('Show Preview');
    return (
      <button
        className="neoai-Search-option"
        aria-pressed={model.hasPreview}
        aria-label={label}
        title={label}
        onClick={() => model.togglePreview()}
      >
        <codeIcon.react tag="span" />
      </button>
    );
  }

  private _scopeKey(event: KeyboardEvent<HTMLElement>): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) {
      return;
    }
    const at = SCOPES.indexOf(this.model.scope) + step + SCOPES.length;
    const next = at % SCOPES.length;
    (event.currentTarget.children[next] as HTMLElement).focus();
    this.model.show(SCOPES[next]);
    event.preventDefault();
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
    const { trans, isApplying, isBusy, chosen } = this.model.text;
    const { matches } = chosen;
    return (
      <button
        className="neoai-Search-apply jp-mod-styled jp-mod-accept"
        disabled={matches === 0 || isApplying || isBusy}
        onClick={() => void this.model.text.apply()}
      >
        {trans.__('Replace %1', matches)}
      </button>
    );
  }

  private _status(): JSX.Element {
    const { model } = this;
    const { trans, isBusy, error, query } = model;
    const problem = error ?? (model.scope === 'all' ? null : this._problem());
    if (problem !== null) {
      return (
        <p className="neoai-Search-error" role="alert">
          {problem}
        </p>
      );
    }
    return (
      <p className="neoai-Search-status" role="status">
        {query.query.trim() === '' ? '' : this._summary()}
        {!isBusy && model.hasSearched && (
          <button className="neoai-Link" onClick={() => void model.search()}>
            {trans.__('Search Again')}
          </button>
        )}
        {isBusy && (
          <button className="neoai-Link" onClick={() => model.cancel()}>
            {trans.__('Cancel')}
          </button>
        )}
        {model.rows.length > 0 && this._previewToggle()}
      </p>
    );
  }

  /** Why the only thing that is looked for is not found. */
  private _problem(): string | null {
    const { isBusy, problem } = this.model.of(this.model.kinds[0]);
    return isBusy ? null : problem;
  }

  /** How much there is. */
  private _summary(): string {
    const { model } = this;
    const { trans, isBusy, scope } = model;
    const [matches, files] = model.kinds
      .map(kind => model.of(kind))
      .reduce(([m, f], of) => [m + of.matchCount, f + of.files.length], [0, 0]);
    if (matches === 0) {
      const waiting = scope === 'all' ? null : model.of(scope).problem;
      return isBusy
        ? (waiting ?? trans.__('Searching…'))
        : model.hasSearched
          ? trans.__('Nothing found.')
          : '';
    }
    const found = trans.__(
      '%1 in %2',
      trans._n('%1 result', '%1 results', matches),
      trans._n('%1 file', '%1 files', files)
    );
    const limits = {
      matches: trans.__('There are more: narrow the search.'),
      time: trans.__('The search took too long and was ended.')
    };
    const limited = model.kinds.includes('text') && model.text.end?.limited;
    const shown = scope === 'all' ? '' : found;
    return limited ? `${shown} ${limits[limited]}` : shown;
  }

  /** What became of the last replacement, with the way back. */
  private _done(): JSX.Element | null {
    const { trans, done, isApplying } = this.model.text;
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
              onClick={() => void this.model.text.undo()}
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
