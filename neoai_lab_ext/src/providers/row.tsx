import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSX, ReactNode } from 'react';

import type { Provider } from './model';

interface IRowProps {
  item: Provider;
  /** Whether the administrator allows providers and keys of one's own. */
  mayAdd: boolean;
  isTesting: boolean;
  trans: TranslationBundle;
  onTest: () => void;
  onEdit: () => void;
  onKey: () => void;
  onRemoveKey: () => void;
  onRemove: () => void;
  /** The form to change it, where that is open. */
  children?: ReactNode;
}

const SHOWN = 4;

/** One provider: what it is, how it stands, and what can be done with it. */
export function ProviderRow(props: IRowProps): JSX.Element {
  const { item, mayAdd, isTesting, trans } = props;
  const { name, removable, state, key, tested } = item;
  const hasSavedKey = key.source === 'keyring' || key.source === 'saved-file';
  const problem = key.problem || (state === 'failed' ? tested?.detail : '');
  return (
    <li data-provider={name} className={`neoai-Provider neoai-mod-${state}`}>
      <div className="neoai-Provider-head">
        <h2>{name}</h2>
        <span className="neoai-Provider-state">
          {isTesting ? trans.__('Testing…') : stateName(state, trans)}
          {!isTesting && state === 'ok' && tested && (
            <small>{` ${trans.__('%1 s', tested.latency_s.toFixed(2))}`}</small>
          )}
        </span>
      </div>
      <p>
        {kindName(item.kind, trans)}
        {item.base_url ? ` · ${item.base_url}` : ''}
        {removable ? '' : ` · ${trans.__('in the server’s configuration')}`}
      </p>
      <p>{modelsOf(item, trans)}</p>
      <p>{keyOf(item, trans)}</p>
      {problem && !isTesting && (
        <p className="neoai-Provider-problem">{problem}</p>
      )}
      {isTesting && <progress aria-label={trans.__('Testing %1', name)} />}
      <div className="neoai-Provider-buttons">
        {state !== 'off' && (
          <Action
            label={trans.__('Test')}
            about={name}
            isDisabled={isTesting}
            onClick={props.onTest}
          />
        )}
        {mayAdd && state !== 'off' && (
          <Action
            label={removable ? trans.__('Edit…') : trans.__('Set Key…')}
            about={name}
            className="neoai-Provider-edit"
            onClick={removable ? props.onEdit : props.onKey}
          />
        )}
        {hasSavedKey && (
          <Action
            label={trans.__('Remove Key…')}
            about={name}
            onClick={props.onRemoveKey}
          />
        )}
        {removable && (
          <Action
            label={trans.__('Remove…')}
            about={name}
            onClick={props.onRemove}
          />
        )}
      </div>
      {props.children}
    </li>
  );
}

interface IActionProps {
  label: string;
  about: string;
  className?: string;
  isDisabled?: boolean;
  onClick: () => void;
}

/** A button that says of what it is to those who hear it. It keeps the keyboard while it waits. */
function Action(props: IActionProps): JSX.Element {
  const { label, about, className = '', isDisabled = false, onClick } = props;
  return (
    <button
      type="button"
      className={`jp-Button jp-mod-styled jp-mod-reject ${className}`}
      aria-label={`${label} ${about}`}
      aria-disabled={isDisabled}
      onClick={() => !isDisabled && onClick()}
    >
      {label}
    </button>
  );
}

/** A kind as a person knows it. */
export function kindName(kind: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    openai: 'OpenAI',
    anthropic: 'Anthropic',
    google: 'Google',
    gateway: trans.__('The hub’s gateway'),
    'openai-compatible': trans.__('OpenAI-compatible')
  };
  return names[kind] ?? kind;
}

function stateName(state: Provider['state'], trans: TranslationBundle): string {
  return {
    ok: trans.__('Works'),
    failed: trans.__('Failed'),
    'no-key': trans.__('No key'),
    unchecked: trans.__('Not tested'),
    off: trans.__('Not used')
  }[state];
}

function modelsOf(
  { models, tested }: Provider,
  trans: TranslationBundle
): string {
  const isAsked = models.length === 0;
  const names = isAsked ? (tested?.models ?? []) : models.map(({ id }) => id);
  if (names.length === 0) {
    return trans.__('Models: those that it lists');
  }
  const shown = names.slice(0, SHOWN).join(', ');
  const more = names.length - SHOWN;
  const list =
    more > 0 ? trans.__('%1 and %2 more', shown, String(more)) : shown;
  return isAsked
    ? trans.__('Models, as it lists them: %1', list)
    : trans.__('Models: %1', list);
}

function keyOf({ key }: Provider, trans: TranslationBundle): string {
  return {
    environment: trans.__('Key: from the environment variable %1', key.place),
    file: trans.__('Key: from the file %1', key.place),
    keyring: trans.__('Key: saved in the keyring'),
    'saved-file': trans.__('Key: saved in a private file'),
    none: trans.__('Key: none')
  }[key.source];
}
