import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useId, useState } from 'react';

import type { Answer, NewProjectModel, Question } from './model';

interface IQuestionProps {
  question: Question;
  model: NewProjectModel;
  trans: TranslationBundle;
}

/** One question of a template, with what is wrong with the answer. */
export function QuestionField(props: IQuestionProps): JSX.Element {
  const { question, model } = props;
  const id = useId();
  const error = model.errorOf(question);
  const field = {
    name: `question:${question.name}`,
    'aria-invalid': error !== '' || undefined,
    'aria-describedby': error ? id : undefined
  };
  const note = error && (
    <span id={id} className="neoai-Form-error">
      {error}
    </span>
  );
  if (question.multiselect && question.options) {
    return (
      <fieldset className="neoai-New-choices" {...field}>
        <legend>{question.help}</legend>
        <Several {...props} />
        {note}
      </fieldset>
    );
  }
  if (question.type === 'bool' && !question.options) {
    return (
      <label className="neoai-Form-check">
        <input
          type="checkbox"
          {...field}
          checked={model.answerTo(question) === true}
          onChange={({ target }) => model.answer(question.name, target.checked)}
        />
        {` ${question.help}`}
        {note}
      </label>
    );
  }
  return (
    <label>
      <span>
        {question.help}
        {question.required && (
          <abbr title={props.trans.__('must be answered')}> *</abbr>
        )}
      </span>
      {question.options ? (
        <One {...props} field={field} />
      ) : (
        <Text {...props} field={field} />
      )}
      {note}
    </label>
  );
}

function Several({ question, model }: IQuestionProps): JSX.Element {
  const value = model.answerTo(question);
  const chosen = (Array.isArray(value) ? value : []).map(item =>
    JSON.stringify(item)
  );
  return (
    <>
      {question.options!.map(({ label, value: option, disabled }) => {
        const key = JSON.stringify(option);
        const isChosen = chosen.includes(key);
        return (
          <label key={key} className="neoai-Form-check" title={disabled}>
            <input
              type="checkbox"
              checked={isChosen}
              disabled={!!disabled}
              onChange={() => {
                const next = isChosen
                  ? chosen.filter(item => item !== key)
                  : [...chosen, key];
                model.answer(
                  question.name,
                  next.map(item => JSON.parse(item) as string)
                );
              }}
            />
            {` ${label}`}
          </label>
        );
      })}
    </>
  );
}

function One({
  question,
  model,
  field
}: IQuestionProps & { field: object }): JSX.Element {
  const options = question.options!;
  const chosen = JSON.stringify(model.answerTo(question));
  const isKnown = options.some(({ value }) => JSON.stringify(value) === chosen);
  return (
    <select
      {...field}
      className="jp-mod-styled"
      value={isKnown ? chosen : ''}
      onChange={({ target }) =>
        model.answer(question.name, JSON.parse(target.value) as Answer)
      }
    >
      {!isKnown && <option value="" disabled />}
      {options.map(({ label, value, disabled }) => (
        <option
          key={JSON.stringify(value)}
          value={JSON.stringify(value)}
          disabled={!!disabled}
        >
          {disabled ? `${label} (${disabled})` : label}
        </option>
      ))}
    </select>
  );
}

function Text({
  question,
  model,
  field
}: IQuestionProps & { field: object }): JSX.Element {
  // As it is written: what the server makes of it may look otherwise.
  const [own, setOwn] = useState<string | null>(null);
  const text = own ?? shown(model.answerTo(question));
  const common = {
    ...field,
    value: text,
    placeholder: question.placeholder,
    spellCheck: false,
    // Not `required`: JupyterLab would disable the button, and nobody would learn why.
    'aria-required': question.required || undefined,
    onChange: ({
      target
    }: {
      target: HTMLInputElement | HTMLTextAreaElement;
    }) => {
      setOwn(target.value);
      model.answer(question.name, target.value);
    }
  };
  if (question.multiline) {
    return <textarea {...common} rows={3} />;
  }
  return (
    <input
      {...common}
      className="jp-mod-styled"
      type={question.secret ? 'password' : 'text'}
      inputMode={
        question.type === 'int'
          ? 'numeric'
          : question.type === 'float'
            ? 'decimal'
            : undefined
      }
      autoComplete="off"
    />
  );
}

function shown(value: Answer): string {
  if (value === null || value === undefined) {
    return '';
  }
  return typeof value === 'object'
    ? JSON.stringify(value, undefined, 2)
    : String(value);
}
