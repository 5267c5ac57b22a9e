import {
  ellipsesIcon,
  errorIcon,
  notTrustedIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import {
  type JSX,
  type MouseEvent,
  useEffect,
  useLayoutEffect,
  useRef
} from 'react';

import { roleName } from '../sharing/roles';
import { projectsIcon } from './icons';
import type { PanelModel } from './panelmodel';
import { CommandIDs, type Project } from './tokens';

interface IRowProps {
  model: PanelModel;
  project: Project;
  /** Whether Tab leads here. */
  isTabStop: boolean;
}

/** One project: a click opens it, its buttons and its context menu do the rest. */
export function ProjectRow({
  model,
  project,
  isTabStop
}: IRowProps): JSX.Element {
  const { trans, commands, projects } = model;
  const main = useRef<HTMLButtonElement>(null);
  const isEdited = model.editing === project.id;
  const wasEdited = useRef(false);
  useLayoutEffect(() => {
    // The input that had the keyboard has gone with it: the row takes it up.
    if (
      wasEdited.current &&
      !isEdited &&
      document.activeElement === document.body
    ) {
      main.current?.focus();
    }
    wasEdited.current = isEdited;
  }, [isEdited]);
  const isCurrent = projects.current?.id === project.id;
  const canOpen = project.state === 'ready' && !project.missing;
  const tabIndex = isTabStop ? 0 : -1;
  const run = (command: string) =>
    void commands.execute(command, { id: project.id });
  const classes = [
    'neoai-Project',
    `neoai-mod-${project.missing ? 'missing' : project.state}`
  ];
  if (isCurrent) {
    classes.push('neoai-mod-current');
  }
  return (
    <li
      className={classes.join(' ')}
      data-project={project.id}
      onFocus={() => model.select(project.id)}
      onContextMenu={() => model.select(project.id)}
    >
      {isEdited ? (
        <NameInput model={model} project={project} />
      ) : (
        <button
          ref={main}
          className="neoai-Project-main"
          tabIndex={tabIndex}
          aria-current={isCurrent || undefined}
          aria-disabled={!canOpen || undefined}
          title={
            (project.state === 'failed' ? project.error : project.path) ||
            trans.__('The folder that the server serves')
          }
          onClick={() => canOpen && run(CommandIDs.open)}
        >
          <Icon project={project} />
          <span className="neoai-Project-text">
            <span className="neoai-Project-name">{project.name}</span>
            <Detail model={model} project={project} />
          </span>
        </button>
      )}
      <span className="neoai-Project-buttons">
        {project.state === 'cloning' && (
          <IconButton
            icon={stopIcon}
            label={trans.__('Cancel the clone of %1', project.name)}
            tabIndex={tabIndex}
            onClick={() => run(CommandIDs.cancelClone)}
          />
        )}
        {commands.isEnabled(CommandIDs.trust, { id: project.id }) && (
          <IconButton
            icon={notTrustedIcon}
            label={trans.__(
              '%1 is untrusted: nothing of its own runs by itself. Trust…',
              project.name
            )}
            tabIndex={tabIndex}
            onClick={() => run(CommandIDs.trust)}
          />
        )}
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('More actions for %1', project.name)}
          tabIndex={tabIndex}
          onClick={openContextMenu}
        />
      </span>
      <Remedies model={model} project={project} run={run} />
    </li>
  );
}

function Icon({ project }: { project: Project }): JSX.Element {
  const icon =
    project.state === 'failed' || project.missing ? errorIcon : projectsIcon;
  return <icon.react tag="span" className="neoai-Project-icon" />;
}

/** The line under the name: where the project is, or what is the matter with it. */
function Detail({
  model,
  project
}: {
  model: PanelModel;
  project: Project;
}): JSX.Element {
  const { trans, projects } = model;
  if (project.state === 'cloning') {
    const progress = projects.progressOf(project.id);
    const percent = progress?.percent ?? null;
    const phase = progress?.phase ?? trans.__('Cloning…');
    return (
      <span className="neoai-Project-detail">
        {percent === null ? phase : trans.__('%1 %2 %', phase, percent)}
        <progress
          max={100}
          aria-label={trans.__('Clone of %1', project.name)}
          {...(percent === null ? {} : { value: percent })}
        />
      </span>
    );
  }
  let text = project.path || trans.__('Served folder');
  if (project.state === 'failed') {
    text = project.error ?? trans.__('The clone failed.');
  } else if (project.missing) {
    text = trans.__('%1 is not there any more.', project.path);
  }
  if (project.role === 'viewer' || project.role === 'editor') {
    text = trans.__('%1 (%2)', text, roleName(project.role, trans));
  }
  return <span className="neoai-Project-detail">{text}</span>;
}

/** What helps where a project cannot be opened. */
function Remedies({
  model: { trans },
  project,
  run
}: {
  model: PanelModel;
  project: Project;
  run: (command: string) => void;
}): JSX.Element | null {
  if (project.state !== 'failed' && !project.missing) {
    return null;
  }
  return (
    <span className="neoai-Project-remedies">
      {project.state === 'failed' && project.git_url && (
        <button
          className="neoai-Link"
          onClick={() => run(CommandIDs.cloneAgain)}
        >
          {trans.__('Clone Again')}
        </button>
      )}
      {project.missing && (
        <button className="neoai-Link" onClick={() => run(CommandIDs.refresh)}>
          {trans.__('Look Again')}
        </button>
      )}
      <button className="neoai-Link" onClick={() => run(CommandIDs.unregister)}>
        {project.state === 'failed'
          ? trans.__('Remove')
          : trans.__('Unregister')}
      </button>
    </span>
  );
}

/** The name while it is written: Enter takes it, Escape leaves it as it was. */
function NameInput({
  model,
  project
}: {
  model: PanelModel;
  project: Project;
}): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const isOver = useRef(false);
  useEffect(() => input.current?.select(), []);
  const end = (commit: boolean) => {
    if (!isOver.current) {
      isOver.current = true;
      const done = commit
        ? model.commit(input.current!.value)
        : model.stopEditing();
      void Promise.resolve(done).then(() => (isOver.current = false));
    }
  };
  return (
    <span className="neoai-Project-editor">
      <input
        ref={input}
        data-lm-suppress-shortcuts="true"
        aria-label={model.trans.__('New name of %1', project.name)}
        aria-invalid={model.editingError !== ''}
        defaultValue={project.name}
        maxLength={200}
        spellCheck={false}
        onBlur={() => model.editingError === '' && end(true)}
        onKeyDown={event => {
          if (event.key === 'Enter' || event.key === 'Escape') {
            event.preventDefault();
            event.stopPropagation();
            end(event.key === 'Enter');
          }
        }}
      />
      {model.editingError && <span role="alert">{model.editingError}</span>}
    </span>
  );
}

interface IIconButtonProps {
  icon: typeof ellipsesIcon;
  label: string;
  tabIndex: number;
  onClick: (event: MouseEvent<HTMLElement>) => void;
}

function IconButton({
  icon,
  label,
  tabIndex,
  onClick
}: IIconButtonProps): JSX.Element {
  return (
    <button
      className="neoai-IconButton"
      title={label}
      aria-label={label}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <icon.react tag="span" />
    </button>
  );
}

/** The same menu as a right click's, under the button. */
function openContextMenu(event: MouseEvent<HTMLElement>): void {
  const { left, bottom } = event.currentTarget.getBoundingClientRect();
  event.currentTarget.dispatchEvent(
    new window.MouseEvent('contextmenu', {
      bubbles: true,
      clientX: left,
      clientY: bottom
    })
  );
}
