import { MainAreaWidget, ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type JSX, useLayoutEffect, useState } from 'react';

import { AwaitedFocus } from '../focus';
import type { IProjects } from '../projects';
import { explain } from '../projects/errors';
import { DayChart, RankedChart } from './charts';
import { count, dayName, doubts, formatSums } from './format';
import { LimitsSection } from './limits';
import type { IUsage, UsageModel } from './model';
import { type Period, PERIODS } from './periods';
import { byDay, type Dimension, MEASURES, type Measure, ranked } from './sums';
import { SumsTable } from './table';

const usageIcon = new LabIcon({
  name: 'neoai:usage',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3" fill="#616161" d="M4 20V4h2v14h14v2zm4-4v-5h3v5zm4.5 0V6h3v10zm4.5 0V9h3v7z"/></svg>'
});

interface IProps {
  model: UsageModel;
  projects: IProjects;
  trans: TranslationBundle;
}

/** The usage, as a tab of the main area. */
export function usageWidget(
  model: UsageModel,
  projects: IProjects,
  trans: TranslationBundle
): MainAreaWidget<UsageView> {
  const content = new UsageView({ model, projects, trans });
  const widget = new MainAreaWidget({ content });
  widget.id = 'neoai-usage';
  widget.title.label = trans.__('Usage');
  widget.title.icon = usageIcon;
  widget.title.closable = true;
  widget.toolbar.hide();
  return widget;
}

/** What models were asked and what it cost. */
export class UsageView extends ReactWidget {
  constructor(private readonly _props: IProps) {
    super();
    this.addClass('neoai-Usage');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _props.trans.__('Usage of models'));
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._props.model.isWatched = true;
    void this._props.model.refresh();
    // Names are shown, also of projects that were made elsewhere meanwhile.
    void this._props.projects.refresh();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._props.model.isWatched = false;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this.onAfterShow(msg);
    }
  }

  protected override onBeforeDetach(msg: Message): void {
    this._props.model.isWatched = false;
    super.onBeforeDetach(msg);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this._focus.take();
  }

  protected override render(): JSX.Element {
    const { model, projects } = this._props;
    return (
      <UseSignal signal={projects.changed}>
        {() => (
          <UseSignal signal={model.changed}>
            {() => (
              <Content {...this._props} whenDrawn={() => this._focus.drawn()} />
            )}
          </UseSignal>
        )}
      </UseSignal>
    );
  }

  private readonly _focus = new AwaitedFocus(() => {
    const select = this.node.querySelector('select');
    select?.focus();
    return select !== null;
  });
}

function Content({
  whenDrawn,
  ...props
}: IProps & { whenDrawn: () => void }): JSX.Element {
  const { model, trans } = props;
  const [isTables, setTables] = useState(false);
  useLayoutEffect(whenDrawn);
  return (
    <>
      <Choices
        {...props}
        isTables={isTables}
        onTables={() => setTables(!isTables)}
      />
      {model.error !== null && (
        <div className="neoai-Usage-error" role="alert">
          <span>{explain(model.error, trans)}</span>
          <button
            className="jp-mod-styled"
            onClick={() => void model.refresh()}
          >
            {trans.__('Retry')}
          </button>
        </div>
      )}
      {model.limits && <LimitsSection model={model} trans={trans} />}
      {model.usage ? (
        <Sums {...props} usage={model.usage} isTables={isTables} />
      ) : (
        model.error === null && (
          <p className="neoai-Usage-empty">{trans.__('Adding up…')}</p>
        )
      )}
    </>
  );
}

function Choices({
  model,
  trans,
  isTables,
  onTables
}: IProps & { isTables: boolean; onTables: () => void }): JSX.Element {
  const periods: Record<Period, string> = {
    month: trans.__('This month'),
    'last-month': trans.__('Last month'),
    '30-days': trans.__('Last 30 days'),
    '90-days': trans.__('Last 90 days')
  };
  const measures = measureNames(trans);
  return (
    <div className="neoai-Usage-choices">
      <select
        aria-label={trans.__('Period')}
        title={trans.__('Days and months are those of UTC')}
        value={model.period}
        onChange={event => void model.choose(event.target.value as Period)}
      >
        {PERIODS.map(period => (
          <option key={period} value={period}>
            {periods[period]}
          </option>
        ))}
      </select>
      <div
        className="neoai-Usage-measures"
        role="group"
        aria-label={trans.__('What the charts show')}
      >
        {MEASURES.map(measure => (
          <button
            key={measure}
            className="jp-mod-styled"
            aria-pressed={model.measure === measure}
            onClick={() => model.show(measure)}
          >
            {measures[measure]}
          </button>
        ))}
      </div>
      <button
        className="jp-mod-styled"
        aria-pressed={isTables}
        onClick={onTables}
      >
        {trans.__('As Tables')}
      </button>
    </div>
  );
}

function Sums(
  props: IProps & { usage: IUsage; isTables: boolean }
): JSX.Element {
  const { model, projects, trans, usage, isTables } = props;
  if (usage.total.calls === 0) {
    return (
      <p className="neoai-Usage-empty" role="status">
        {trans.__(
          'No model was asked in this time. What the chat, completions and jupyter neoai ask ask of models is counted here.'
        )}
      </p>
    );
  }
  const { measure } = model;
  const name = (dimension: Dimension) => (key: string) =>
    nameOf(dimension, key, projects, trans);
  const charts: [Dimension, string][] = [
    ['day', trans.__('By day')],
    ['model', trans.__('By model')],
    ['project', trans.__('By project')],
    ['task', trans.__('By task')]
  ];
  return (
    <>
      <Tiles usage={usage} trans={trans} />
      <div className="neoai-Usage-charts" data-tables={isTables}>
        {charts.map(([dimension, title]) => {
          const isDays = dimension === 'day';
          const bars = isDays
            ? byDay(usage.items, usage.days)
            : ranked(usage.items, dimension, measure);
          const drawn = { bars, measure, trans, name: name(dimension) };
          return (
            <section
              key={dimension}
              className="neoai-Usage-chart"
              data-dimension={dimension}
              aria-label={title}
            >
              <h3>
                {isTables
                  ? title
                  : `${title} · ${measureNames(trans)[measure]}`}
              </h3>
              {isTables ? (
                <SumsTable {...drawn} title={title} />
              ) : isDays ? (
                <DayChart {...drawn} />
              ) : (
                <RankedChart {...drawn} />
              )}
            </section>
          );
        })}
      </div>
    </>
  );
}

/** The sums of the whole period, and what is to be known of them. */
function Tiles({
  usage: { total },
  trans
}: {
  usage: IUsage;
  trans: TranslationBundle;
}): JSX.Element {
  const tokens = trans.__(
    '%1 in, %2 out',
    count(total.input_tokens),
    count(total.output_tokens)
  );
  const names = measureNames(trans);
  return (
    <dl className="neoai-Usage-tiles">
      {MEASURES.map(measure => (
        <div key={measure} data-measure={measure}>
          <dt>{names[measure]}</dt>
          <dd>
            <strong>{formatSums(total, measure)}</strong>
            {measure === 'tokens' && <small>{tokens}</small>}
            {doubts(total, measure, trans).map(doubt => (
              <small key={doubt}>{doubt}</small>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function measureNames(trans: TranslationBundle): Record<Measure, string> {
  return {
    cost: trans.__('Cost'),
    tokens: trans.__('Tokens'),
    requests: trans.__('Requests')
  };
}

/** As a person knows it. */
function nameOf(
  dimension: Dimension,
  key: string,
  projects: IProjects,
  trans: TranslationBundle
): string {
  switch (dimension) {
    case 'day':
      return dayName(key);
    case 'model':
      return key;
    case 'project':
      return key
        ? (projects.items.find(({ id }) => id === key)?.name ??
            trans.__('Unknown project (%1)', key.slice(0, 8)))
        : trans.__('No project');
    case 'task':
      return (
        {
          chat: trans.__('Chat'),
          completion: trans.__('Completion'),
          edit: trans.__('Code'),
          embed: trans.__('Embedding'),
          plan: trans.__('Plan'),
          summarise: trans.__('Summary')
        }[key] ?? key
      );
  }
}
