import {
  type FormEvent,
  type JSX,
  type ReactNode,
  useEffect,
  useRef,
  useState
} from 'react';

import { explain } from '../projects/errors';
import { ModelsField } from './modelsfield';
import type { Draft, Provider, ProvidersModel, Test } from './model';
import { kindName } from './row';

type Kind = Draft['kind'];

const KINDS: readonly Kind[] = [
  'openai-compatible',
  'openai',
  'anthropic',
  'google'
];

interface IFormProps {
  model: ProvidersModel;
  close: () => void;
  /** Called when it is gone from the page. */
  left: () => void;
}

interface IProviderFormProps extends IFormProps {
  /** The provider that is changed; none: a new one is made. */
  known?: Provider;
}

/** Asks for a provider. The key stays in its field until it is sent, and is never filled in. */
export function ProviderForm({
  model,
  known,
  close,
  left
}: IProviderFormProps): JSX.Element {
  const { trans } = model;
  const [kind, setKind] = useState<Kind>((known?.kind as Kind) ?? KINDS[0]);
  const [ownName, setName] = useState<string | null>(known?.name ?? null);
  const [url, setUrl] = useState(known?.base_url ?? '');
  const [ids, setIds] = useState(known?.models.map(({ id }) => id) ?? []);
  const [tested, setTested] = useState<Test | null>(known?.tested ?? null);
  const key = useRef<HTMLInputElement>(null);
  const { error, busy, run } = useRun(model);
  const name = ownName ?? suggestedName(kind, url, model);
  const isCompatible = kind === 'openai-compatible';

  const draft = (): Draft => ({
    kind,
    base_url: url.trim() || null,
    // What the configuration of a known model says of it besides its name is kept.
    models: ids.map(id => known?.models.find(one => one.id === id) ?? { id }),
    key: key.current?.value.trim() || null
  });
  const test = () =>
    run('test', async () =>
      setTested(await model.testDraft(name.trim(), draft()))
    );
  const save = () =>
    run('save', async () => {
      await model.save(name.trim(), draft());
      close();
    });

  return (
    <Form
      label={
        known ? trans.__('Change %1', known.name) : trans.__('New provider')
      }
      {...{ model, close, left, error, save, isBusy: busy !== '' }}
      accept={known ? trans.__('Save') : trans.__('Add')}
      test={test}
      isTesting={busy === 'test'}
    >
      <label>
        <span>{trans.__('Kind')}</span>
        <select
          className="jp-mod-styled"
          name="kind"
          value={kind}
          onChange={({ target }) => {
            setKind(target.value as Kind);
            setTested(null);
          }}
        >
          {KINDS.map(each => (
            <option key={each} value={each}>
              {kindName(each, trans)}
            </option>
          ))}
        </select>
      </label>
      {!known && (
        <label>
          <span>{trans.__('Name')}</span>
          <input
            className="jp-mod-styled"
            name="name"
            value={name}
            required
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
            onChange={({ target }) => setName(target.value)}
          />
        </label>
      )}
      <label>
        <span>{trans.__('Base URL')}</span>
        <input
          className="jp-mod-styled"
          name="base_url"
          type="url"
          value={url}
          required={isCompatible}
          placeholder={
            isCompatible
              ? 'https://host/v1'
              : trans.__('The vendor’s own, where it is empty')
          }
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => {
            setUrl(target.value);
            setTested(null);
          }}
        />
      </label>
      <KeyField ref_={key} model={model} known={known} isOptional />
      <ModelsField
        trans={trans}
        ids={ids}
        listed={tested?.models ?? []}
        isOptional={isCompatible}
        onChange={setIds}
      />
      {tested && (
        <p
          role="status"
          className={
            tested.outcome === 'ok'
              ? 'neoai-Provider-works'
              : 'neoai-Provider-problem'
          }
        >
          {`${tested.detail} (${trans.__('%1 s', tested.latency_s.toFixed(2))})`}
        </p>
      )}
    </Form>
  );
}

/** Asks for another key of a provider that is the configuration's. */
export function KeyForm({
  model,
  known,
  close,
  left
}: IFormProps & { known: Provider }): JSX.Element {
  const { trans } = model;
  const key = useRef<HTMLInputElement>(null);
  const { error, busy, run } = useRun(model);
  const save = () =>
    run('save', async () => {
      await model.saveKey(known.name, key.current?.value.trim() ?? '');
      close();
    });
  return (
    <Form
      label={trans.__('Key of %1', known.name)}
      {...{ model, close, left, error, save, isBusy: busy !== '' }}
      accept={trans.__('Save')}
    >
      <KeyField ref_={key} model={model} known={known} />
    </Form>
  );
}

/** What a form is doing, and what went wrong. */
function useRun({ trans }: ProvidersModel) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState('');
  const run = async (what: string, action: () => Promise<void>) => {
    if (busy) {
      return;
    }
    setBusy(what);
    setError('');
    try {
      await action();
    } catch (reason) {
      setError(explain(reason, trans));
    }
    setBusy('');
  };
  return { error, busy, run };
}

interface IFrameProps extends IFormProps {
  label: string;
  accept: string;
  error: string;
  isBusy: boolean;
  save: () => void;
  test?: () => void;
  isTesting?: boolean;
  children: ReactNode;
}

/** The fields with their buttons: Enter saves, Escape leaves. */
function Form(props: IFrameProps): JSX.Element {
  const { label, accept, error, isBusy, isTesting, test } = props;
  const { trans } = props.model;
  const form = useRef<HTMLFormElement>(null);
  const left = useRef(props.left);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>('select, input')?.focus();
    return () => left.current();
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.save();
  };
  return (
    <form
      ref={form}
      className="neoai-Form neoai-Providers-form"
      aria-label={label}
      aria-busy={isBusy}
      onSubmit={submit}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          props.close();
        }
      }}
    >
      {props.children}
      {isTesting && <progress aria-label={trans.__('Testing')} />}
      <div className="neoai-Form-error" role="alert">
        {error}
      </div>
      <div className="neoai-Provider-buttons">
        <button
          className="jp-Button jp-mod-styled jp-mod-accept"
          aria-disabled={isBusy}
        >
          {accept}
        </button>
        {test && (
          <button
            type="button"
            className="jp-Button jp-mod-styled jp-mod-reject"
            aria-disabled={isBusy}
            onClick={() => form.current?.reportValidity() && test()}
          >
            {trans.__('Test')}
          </button>
        )}
        <button
          type="button"
          className="jp-Button jp-mod-styled jp-mod-reject"
          onClick={props.close}
        >
          {trans.__('Cancel')}
        </button>
      </div>
    </form>
  );
}

interface IKeyFieldProps {
  ref_: React.RefObject<HTMLInputElement>;
  model: ProvidersModel;
  known?: Provider;
  isOptional?: boolean;
}

/** A key: React does not hold it, and browsers are told not to keep it. */
function KeyField(props: IKeyFieldProps): JSX.Element {
  const { trans, listing } = props.model;
  const source = props.known?.key.source;
  const isSaved = source === 'keyring' || source === 'saved-file';
  return (
    <label>
      <span>{trans.__('Key')}</span>
      <input
        ref={props.ref_}
        className="jp-mod-styled"
        name="key"
        type="password"
        required={!props.isOptional}
        autoComplete="new-password"
        spellCheck={false}
        placeholder={
          isSaved ? trans.__('Saved. Type another one to replace it.') : ''
        }
      />
      <small>
        {listing?.keys_kept_in === 'keyring'
          ? trans.__(
              'Goes into the keyring. It is sent to this address alone, and never shown again.'
            )
          : trans.__(
              'Goes into a file that nobody but you can read. It is sent to this address alone, and never shown again.'
            )}
      </small>
    </label>
  );
}

function suggestedName(kind: Kind, url: string, model: ProvidersModel): string {
  if (kind !== 'openai-compatible') {
    return model.freeName(kind);
  }
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  const isLocal = host === 'localhost' || /^[\d.[\]:]+$/.test(host);
  const parts = host.split('.');
  return model.freeName(isLocal ? 'local' : (parts.at(-2) ?? parts[0]));
}
