import type { TranslationBundle } from '@jupyterlab/translation';
import { type FormEvent, type JSX, useEffect, useState } from 'react';

import { explain } from '../projects/errors';
import { usd } from './format';
import type { LimitsSet, UsageModel } from './model';
import { checkLimits } from './wanted';

interface IProps {
  model: UsageModel;
  trans: TranslationBundle;
}

/** How this month stands against the limits, and a form for the user's own. */
export function LimitsSection({ model, trans }: IProps): JSX.Element {
  const limits = model.limits!;
  const { notice, state } = limits.effective;
  return (
    <section className="neoai-Usage-limits" aria-label={trans.__('This month')}>
      <Meter limits={limits} trans={trans} />
      {notice && (
        <p className="neoai-Usage-notice" data-state={state} role="status">
          {notice}
        </p>
      )}
      <details>
        <summary>{trans.__('Limits')}</summary>
        <LimitsForm model={model} trans={trans} />
      </details>
    </section>
  );
}

/** This month's costs as a bar, with a line at each limit. */
function Meter({
  limits,
  trans
}: {
  limits: LimitsSet;
  trans: TranslationBundle;
}): JSX.Element {
  const { cost_usd, soft_limit_usd, hard_limit_usd, state } = limits.effective;
  const most =
    Math.max(cost_usd, soft_limit_usd ?? 0, hard_limit_usd ?? 0) * 1.02;
  const percent = (value: number) =>
    `${most > 0 ? Math.min(100, (100 * value) / most) : 0}%`;
  const said = [
    trans.__('%1 this month', usd(cost_usd)),
    ...(soft_limit_usd === null
      ? []
      : [trans.__('soft limit %1', usd(soft_limit_usd))]),
    ...(hard_limit_usd === null
      ? [trans.__('no hard limit')]
      : [trans.__('hard limit %1', usd(hard_limit_usd))])
  ];
  const hasLimit = soft_limit_usd !== null || hard_limit_usd !== null;
  return (
    <div className="neoai-Usage-meter" data-state={state}>
      <p>{said.join(' · ')}</p>
      {hasLimit && (
        <svg width="100%" height="16" aria-hidden>
          <rect className="neoai-Usage-track" y="3" width="100%" height="10" />
          <rect
            className="neoai-Usage-bar"
            y="3"
            width={percent(cost_usd)}
            height="10"
          />
          {soft_limit_usd !== null && (
            <line
              className="neoai-mod-soft"
              x1={percent(soft_limit_usd)}
              x2={percent(soft_limit_usd)}
              y2="16"
            />
          )}
          {hard_limit_usd !== null && (
            <line
              className="neoai-mod-hard"
              x1={percent(hard_limit_usd)}
              x2={percent(hard_limit_usd)}
              y2="16"
            />
          )}
        </svg>
      )}
    </div>
  );
}

const shown = (limit: number | null) => (limit === null ? '' : String(limit));

function LimitsForm({ model, trans }: IProps): JSX.Element {
  const { soft_usd, hard_usd, administrator } = model.limits!;
  const [soft, setSoft] = useState(shown(soft_usd));
  const [hard, setHard] = useState(shown(hard_usd));
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState('');
  useEffect(() => {
    // Set elsewhere meanwhile, by a program say.
    setSoft(shown(soft_usd));
    setHard(shown(hard_usd));
  }, [soft_usd, hard_usd]);
  const { wanted, softError, hardError } = checkLimits(soft, hard, trans);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setSaid('');
    setProblem('');
    if (!wanted) {
      return;
    }
    try {
      await model.setLimits(wanted);
      setSaid(trans.__('Saved; they count from now on.'));
    } catch (error) {
      setProblem(explain(error, trans));
    }
  };
  const changed = (set: (value: string) => void) => (value: string) => {
    setSaid('');
    set(value);
  };
  const above = [
    administrator.soft_usd ?? null,
    administrator.hard_usd ?? null
  ];
  return (
    <form noValidate onSubmit={event => void save(event)}>
      <Field
        id="neoai-usage-soft"
        label={trans.__('Soft limit, USD a month')}
        hint={trans.__('From here on you are told. Empty: none.')}
        value={soft}
        error={softError}
        onChange={changed(setSoft)}
      />
      <Field
        id="neoai-usage-hard"
        label={trans.__('Hard limit, USD a month')}
        hint={trans.__('From here on no model is asked. Empty: none.')}
        value={hard}
        error={hardError}
        onChange={changed(setHard)}
      />
      {above.some(limit => limit !== null) && (
        <p>
          {trans.__(
            'Whoever runs this server has set a soft limit of %1 and a hard limit of %2. The lower ones count.',
            ...above.map(limit =>
              limit === null ? trans.__('none') : usd(limit)
            )
          )}
        </p>
      )}
      <button type="submit" className="jp-mod-styled jp-mod-accept">
        {trans.__('Save Limits')}
      </button>
      <span role="status">{said}</span>
      <span role="alert" className="neoai-Usage-problem">
        {problem}
      </span>
    </form>
  );
}

interface IFieldProps {
  id: string;
  label: string;
  hint: string;
  value: string;
  error: string;
  onChange: (value: string) => void;
}

function Field(props: IFieldProps): JSX.Element {
  const { id, label, hint, value, error, onChange } = props;
  return (
    <div className="neoai-Usage-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="jp-mod-styled"
        inputMode="decimal"
        autoComplete="off"
        value={value}
        aria-invalid={error !== ''}
        aria-describedby={`${id}-hint`}
        onChange={event => onChange(event.target.value)}
      />
      <small
        id={`${id}-hint`}
        className={error ? 'neoai-Usage-problem' : undefined}
      >
        {error || hint}
      </small>
    </div>
  );
}
