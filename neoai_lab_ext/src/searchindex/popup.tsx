import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useState } from 'react';

import { explain } from '../projects/errors';
import { sizeText } from '../viewing/judging';
import type { IndexModel, IndexStatus } from './model';
import { count, sentence } from './texts';

/** What there is to know of the index, and what can be done with it. */
export class IndexPopup extends ReactWidget {
  constructor(
    private readonly _model: IndexModel,
    private readonly _trans: TranslationBundle
  ) {
    super();
    this.addClass('neoai-IndexPopup');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', _trans.__('Search index'));
  }

  protected render(): JSX.Element {
    return (
      <UseSignal signal={this._model.changed}>
        {() =>
          this._model.status ? (
            <Body
              model={this._model}
              status={this._model.status}
              trans={this._trans}
            />
          ) : (
            <p>{this._trans.__('No project is open.')}</p>
          )
        }
      </UseSignal>
    );
  }
}

interface IProps {
  model: IndexModel;
  status: IndexStatus;
  trans: TranslationBundle;
}

function Body({ model, status, trans }: IProps): JSX.Element {
  const [problem, setProblem] = useState('');
  const act = async (work: () => Promise<void>) => {
    setProblem('');
    try {
      await work();
    } catch (error) {
      setProblem(explain(error, trans));
    }
  };
  const rows: [string, string][] = [
    [trans.__('Files'), count(status.files)],
    [trans.__('Passages'), count(status.chunks)],
    [trans.__('Their size'), sizeText(status.bytes)],
    [trans.__('Index on disk'), sizeText(status.index_bytes)]
  ];
  const isBusy = status.state === 'building';
  return (
    <>
      <h3>{trans.__('Search index of %1', model.project?.name ?? '')}</h3>
      <p role="status">{sentence(status, trans)}</p>
      {isBusy && (
        <progress
          max={1}
          value={status.progress}
          aria-label={trans.__('Files indexed')}
        />
      )}
      {status.detail && (
        <p className="neoai-IndexPopup-detail" data-state={status.state}>
          {status.detail}
        </p>
      )}
      <dl>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {model.project?.role !== 'viewer' && (
        <div className="neoai-IndexPopup-actions">
          <Action
            label={status.paused ? trans.__('Resume') : trans.__('Pause')}
            act={() => act(() => model.pause(!status.paused))}
          />
          {isBusy ? (
            <Action
              label={trans.__('Cancel')}
              act={() => act(() => model.cancel())}
            />
          ) : (
            <Action
              label={
                status.state === 'absent'
                  ? trans.__('Index Now')
                  : trans.__('Rebuild')
              }
              act={() => act(() => model.rebuild())}
            />
          )}
        </div>
      )}
      <p role="alert" className="neoai-IndexPopup-problem">
        {problem}
      </p>
    </>
  );
}

function Action(props: {
  label: string;
  act: () => Promise<void>;
}): JSX.Element {
  return (
    <button className="jp-mod-styled" onClick={() => void props.act()}>
      {props.label}
    </button>
  );
}
