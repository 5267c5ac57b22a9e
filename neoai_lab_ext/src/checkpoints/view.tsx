import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type JSX, type KeyboardEvent, useLayoutEffect } from 'react';

import { AwaitedFocus } from '../focus';
import type { HistoryActions } from './actions';
import type { Checkpoint, History, Version } from './history';
import { ago, moment, size } from './moments';

interface IOptions {
  actions: HistoryActions;
  history: History;
  trans: TranslationBundle;
}

/** What is in the history panel: the file's versions above, the project's checkpoints below. */
export class HistoryView extends ReactWidget {
  constructor(private readonly _options: IOptions) {
    super();
    this.addClass('neoai-History-view');
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this._focus.take();
  }

  protected override render(): JSX.Element {
    return (
      <UseSignal signal={this._options.history.changed}>
        {() => (
          <Content {...this._options} whenDrawn={() => this._focus.drawn()} />
        )}
      </UseSignal>
    );
  }

  private readonly _focus = new AwaitedFocus(() => {
    const button = this.node.querySelector('button');
    button?.focus();
    return button !== null;
  });
}

function Content({
  whenDrawn,
  ...options
}: IOptions & { whenDrawn: () => void }): JSX.Element {
  const { error } = options.history;
  useLayoutEffect(whenDrawn);
  return (
    <>
      {error !== null && (
        <p className="neoai-History-error" role="alert">
          {error}
        </p>
      )}
      <Versions {...options} />
      <Checkpoints {...options} />
    </>
  );
}

function Versions({ actions, history, trans }: IOptions): JSX.Element {
  const { path, place, versions } = history;
  const name = path?.split('/').pop();
  return (
    <section aria-label={trans.__('Versions')}>
      <h3 title={path ?? ''}>
        {name ? trans.__('Versions of %1', name) : trans.__('Versions')}
      </h3>
      {!path && <p>{trans.__('Open a file to see what it was.')}</p>}
      {path && !place && (
        <p>
          {trans.__(
            'The file is in no project. Open its folder as a project, and what you save is kept.'
          )}
        </p>
      )}
      {place && (
        <button
          className="jp-mod-styled"
          title={trans.__('What the last commit of the git repository has')}
          onClick={() => void actions.compareHead()}
        >
          {trans.__('Compare with HEAD')}
        </button>
      )}
      {place && versions?.items.length === 0 && (
        <p>{trans.__('There are no versions yet: a save makes one.')}</p>
      )}
      <ul onKeyDown={moveFocus}>
        {versions?.items.map(version => (
          <VersionRow key={version.id} {...{ version, actions, trans, path }} />
        ))}
      </ul>
      {versions?.next && (
        <button
          className="jp-mod-styled"
          onClick={() => void history.moreVersions()}
        >
          {trans.__('Show older ones')}
        </button>
      )}
    </section>
  );
}

function VersionRow(props: {
  version: Version;
  actions: HistoryActions;
  trans: TranslationBundle;
}): JSX.Element {
  const { version, actions, trans } = props;
  const reasons: Record<string, string> = {
    save: trans.__('saved'),
    overwrite: trans.__('before it was overwritten'),
    delete: trans.__('before it was deleted'),
    move: trans.__('before it was moved'),
    restore: trans.__('before a restore')
  };
  const reason =
    reasons[version.reason] ?? trans.__('before: %1', version.reason);
  return (
    <li>
      <button
        className="neoai-History-item"
        title={trans.__(
          '%1: compare with the file',
          moment(version.created_at)
        )}
        onClick={() => void actions.compareVersion(version)}
      >
        <span className="neoai-History-time">{ago(version.created_at)}</span>
        <span className="neoai-History-about">
          {reason} · {size(version.size)}
        </span>
      </button>
      <button
        className="neoai-History-restore"
        aria-label={trans.__(
          'Restore the version of %1',
          moment(version.created_at)
        )}
        onClick={() => void actions.restoreVersion(version)}
      >
        {trans.__('Restore')}
      </button>
    </li>
  );
}

function Checkpoints({ actions, history, trans }: IOptions): JSX.Element {
  const { project, checkpoints } = history;
  return (
    <section aria-label={trans.__('Checkpoints')}>
      <h3>
        {project
          ? trans.__('Checkpoints of %1', project.name)
          : trans.__('Checkpoints')}
      </h3>
      {!project && <p>{trans.__('Open a project to make checkpoints.')}</p>}
      {project && (
        <button
          className="jp-mod-styled neoai-History-create"
          onClick={() => void actions.createCheckpoint(project)}
        >
          {trans.__('New Checkpoint…')}
        </button>
      )}
      {project && checkpoints?.items.length === 0 && (
        <p>
          {trans.__(
            'There are none yet. A checkpoint keeps the whole project as it is.'
          )}
        </p>
      )}
      <ul onKeyDown={moveFocus}>
        {project &&
          checkpoints?.items.map(checkpoint => (
            <li key={checkpoint.id}>
              <button
                className="neoai-History-item"
                title={trans.__(
                  '%1: show what changed, and restore',
                  moment(checkpoint.created_at)
                )}
                onClick={() =>
                  void actions.restoreCheckpoint(project, checkpoint)
                }
              >
                <span className="neoai-History-time">
                  {nameOf(checkpoint, trans)}
                </span>
                <span className="neoai-History-about">
                  {ago(checkpoint.created_at)} ·{' '}
                  {trans._n('%1 file', '%1 files', checkpoint.files)} ·{' '}
                  {size(checkpoint.bytes)}
                </span>
              </button>
            </li>
          ))}
      </ul>
    </section>
  );
}

function nameOf(checkpoint: Checkpoint, trans: TranslationBundle): string {
  return (
    checkpoint.label ??
    (checkpoint.reason === 'asked'
      ? trans.__('Checkpoint')
      : trans.__('Before: %1', checkpoint.reason))
  );
}

/** Up and Down go through the items of a list; Tab goes on to what can be done with one. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const items = [
      ...event.currentTarget.querySelectorAll<HTMLElement>(
        '.neoai-History-item'
      )
    ];
    const row = document.activeElement?.closest('li');
    const at = items.findIndex(item => item.closest('li') === row);
    items[Math.max(0, Math.min(items.length - 1, at + step))]?.focus();
  }
}
