import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, userIcon, usersIcon } from '@jupyterlab/ui-components';
import {
  type FormEvent,
  type JSX,
  useCallback,
  useEffect,
  useRef,
  useState
} from 'react';

import type { API, components } from '../api';
import type { Project } from '../projects';
import { explain } from '../projects/errors';
import { type Role, roleName } from './roles';

type Collaborators = components['schemas']['Collaborators'];
type Collaborator = components['schemas']['Collaborator'];
type Kind = Collaborator['kind'];

interface IViewProps {
  api: API;
  project: Project;
  trans: TranslationBundle;
}

/** The list of collaborators, and a form to add one. */
export function ShareView({ api, project, trans }: IViewProps): JSX.Element {
  const [found, setFound] = useState<Collaborators | null>(null);
  const [error, setError] = useState('');
  const [said, setSaid] = useState('');
  const [isBusy, setBusy] = useState(false);
  const name = useRef<HTMLInputElement>(null);
  const path = { project_id: project.id };

  /** Do something, then show how things stand; true where it went well. */
  const act = useCallback(
    async (action: () => Promise<unknown>, done: string): Promise<boolean> => {
      setBusy(true);
      setError('');
      setSaid('');
      let problem = '';
      try {
        await action();
      } catch (reason) {
        problem = explain(reason, trans);
      }
      try {
        setFound(
          await api.get('/projects/{project_id}/collaborators', {
            path: { project_id: project.id }
          })
        );
      } catch (reason) {
        problem ||= explain(reason, trans);
      }
      setError(problem);
      setSaid(problem ? '' : done);
      setBusy(false);
      return problem === '';
    },
    [api, project.id, trans]
  );
  useEffect(() => void act(() => Promise.resolve(), ''), [act]);

  const give = (kind: Kind, who: string, role: Role) =>
    act(
      () =>
        api.post('/projects/{project_id}/share', {
          path,
          body: kind === 'group' ? { group: who, role } : { user: who, role }
        }),
      trans.__('%1 is now: %2.', who, roleName(role, trans))
    );
  const remove = (item: Collaborator) => {
    // The button goes with its row: the keyboard goes on in the form.
    name.current?.focus();
    return act(
      () =>
        api.delete('/projects/{project_id}/collaborators/{who}', {
          path: { ...path, who: item.who }
        }),
      trans.__('%1 has no role here any more.', item.name)
    );
  };

  return (
    <div aria-busy={isBusy}>
      {found?.enforced === false && (
        <p className="neoai-Share-note" role="note">
          {trans.__(
            'Everybody who signs in to this server has its only token or password, and so the whole account. Roles take effect where people sign in by name, as on JupyterHub.'
          )}
        </p>
      )}
      <ul aria-label={trans.__('Collaborators')} className="neoai-Share-list">
        {found?.items.map(item => (
          <Row
            key={item.who}
            {...{ item, trans, isBusy }}
            onRole={role => void give(item.kind, item.name, role)}
            onRemove={() => void remove(item)}
          />
        ))}
        {found?.items.length === 0 && (
          <li className="neoai-Share-empty">
            {trans.__('Not shared with anybody yet.')}
          </li>
        )}
      </ul>
      <AddForm {...{ trans, isBusy, name }} onAdd={give} />
      <div role="alert" className="neoai-Share-error">
        {error}
      </div>
      <div role="status" className="neoai-Share-status">
        {said}
      </div>
    </div>
  );
}

interface IRowProps {
  item: Collaborator;
  trans: TranslationBundle;
  isBusy: boolean;
  onRole: (role: Role) => void;
  onRemove: () => void;
}

function Row({
  item,
  trans,
  isBusy,
  onRole,
  onRemove
}: IRowProps): JSX.Element {
  const icon = item.kind === 'group' ? usersIcon : userIcon;
  const isFixed = item.account || Boolean(item.inherited_from);
  let detail = item.kind === 'group' ? trans.__('Group') : '';
  if (item.account) {
    detail = trans.__('Owner of the server');
  } else if (item.inherited_from) {
    detail = trans.__('From the project around this one');
  }
  return (
    <li className="neoai-Share-row" data-who={item.who}>
      <icon.react tag="span" className="neoai-Share-icon" />
      <span className="neoai-Share-who">
        <span>{item.name}</span>
        {detail && <small>{detail}</small>}
      </span>
      {isFixed ? (
        <span className="neoai-Share-fixed">{roleName(item.role, trans)}</span>
      ) : (
        <>
          <RoleSelect
            label={trans.__('Role of %1', item.name)}
            value={item.role}
            trans={trans}
            disabled={isBusy}
            onChange={onRole}
          />
          <button
            type="button"
            className="neoai-IconButton"
            title={trans.__('Remove %1', item.name)}
            aria-label={trans.__('Remove %1', item.name)}
            disabled={isBusy}
            onClick={onRemove}
          >
            <closeIcon.react tag="span" />
          </button>
        </>
      )}
    </li>
  );
}

interface IAddFormProps {
  trans: TranslationBundle;
  isBusy: boolean;
  name: React.RefObject<HTMLInputElement>;
  onAdd: (kind: Kind, who: string, role: Role) => Promise<boolean>;
}

function AddForm({ trans, isBusy, name, onAdd }: IAddFormProps): JSX.Element {
  const [kind, setKind] = useState<Kind>('user');
  const [role, setRole] = useState<Role>('viewer');
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const input = name.current!;
    const who = input.value.trim();
    if (who && !isBusy && (await onAdd(kind, who, role))) {
      input.value = '';
    }
    input.focus();
  };
  const hint =
    kind === 'group' ? trans.__('Name of the group') : trans.__('User name');
  return (
    <form className="neoai-Share-add" onSubmit={event => void add(event)}>
      <select
        aria-label={trans.__('User or group')}
        value={kind}
        onChange={event => setKind(event.target.value as Kind)}
      >
        <option value="user">{trans.__('User')}</option>
        <option value="group">{trans.__('Group')}</option>
      </select>
      <input
        ref={name}
        className="neoai-Share-name"
        aria-label={hint}
        placeholder={hint}
        maxLength={255}
        autoComplete="off"
        spellCheck={false}
      />
      <RoleSelect
        label={trans.__('Role')}
        value={role}
        trans={trans}
        onChange={setRole}
      />
      <button
        type="submit"
        className="jp-Button jp-mod-styled jp-mod-accept"
        aria-disabled={isBusy}
      >
        {trans.__('Add')}
      </button>
    </form>
  );
}

interface IRoleSelectProps {
  label: string;
  value: Role;
  trans: TranslationBundle;
  disabled?: boolean;
  onChange: (role: Role) => void;
}

function RoleSelect(props: IRoleSelectProps): JSX.Element {
  const { label, value, trans, disabled, onChange } = props;
  return (
    <select
      aria-label={label}
      value={value}
      disabled={disabled}
      onChange={event => onChange(event.target.value as Role)}
    >
      {ROLES.map(role => (
        <option key={role} value={role}>
          {roleName(role, trans)}
        </option>
      ))}
    </select>
  );
}

const ROLES: readonly Role[] = ['viewer', 'editor', 'owner'];
