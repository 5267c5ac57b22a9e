import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useState } from 'react';

interface IModelsFieldProps {
  trans: TranslationBundle;
  ids: readonly string[];
  /** What the provider lists, to choose from. */
  listed: readonly string[];
  isOptional: boolean;
  onChange: (ids: string[]) => void;
}

const FILTERED_FROM = 12;

/** Which models are used: written one a line, or chosen from what the provider lists. */
export function ModelsField(props: IModelsFieldProps): JSX.Element {
  const { trans, ids, listed, isOptional, onChange } = props;
  // What is being written, with its empty lines; null: what was chosen.
  const [text, setText] = useState<string | null>(null);
  const write = (value: string) => {
    setText(value);
    const lines = value.split('\n').map(line => line.trim());
    onChange([...new Set(lines.filter(Boolean))]);
  };
  const choose = (id: string, isChosen: boolean) => {
    setText(null);
    onChange(isChosen ? [...ids, id] : ids.filter(other => other !== id));
  };
  return (
    <>
      <label>
        <span>{trans.__('Models, one a line')}</span>
        <textarea
          className="jp-mod-styled"
          name="models"
          rows={Math.min(6, Math.max(2, ids.length + 1))}
          value={text ?? ids.join('\n')}
          spellCheck={false}
          onChange={({ target }) => write(target.value)}
        />
        <small>
          {isOptional
            ? trans.__('Where it is empty, the server is asked for its models.')
            : trans.__(
                'The first one is asked first. Test lists what there is.'
              )}
        </small>
      </label>
      {listed.length > 0 && (
        <Choices {...{ trans, ids, listed }} onChoose={choose} />
      )}
    </>
  );
}

interface IChoicesProps {
  trans: TranslationBundle;
  ids: readonly string[];
  listed: readonly string[];
  onChoose: (id: string, isChosen: boolean) => void;
}

function Choices(props: IChoicesProps): JSX.Element {
  const { trans, ids, listed, onChoose } = props;
  const [filter, setFilter] = useState('');
  const wanted = filter.toLowerCase();
  const shown = listed.filter(id => id.toLowerCase().includes(wanted));
  return (
    <fieldset className="neoai-Providers-choices">
      <legend>{trans.__('Models that it lists')}</legend>
      {listed.length >= FILTERED_FROM && (
        <input
          type="search"
          className="jp-mod-styled"
          placeholder={trans.__('Filter models')}
          aria-label={trans.__('Filter models')}
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      )}
      <div>
        {shown.map(id => (
          <label key={id}>
            <input
              type="checkbox"
              checked={ids.includes(id)}
              onChange={({ target }) => onChoose(id, target.checked)}
            />
            {id}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
