import type { CommandRegistry } from '@lumino/commands';
import type { JSX } from 'react';

import { projectsIcon } from './icons';

interface IEmptyProps {
  commands: CommandRegistry;
  title: string;
  /** The sentence below it; told to screen readers at once where it is `urgent`. */
  about: string;
  urgent?: boolean;
  /** The commands that lead on, the first as what most people want. */
  actions: readonly string[];
}

/** What stands where there is no project: why, and what to do about it. */
export function EmptyState(props: IEmptyProps): JSX.Element {
  const { commands, title, about, urgent, actions } = props;
  return (
    <div className="neoai-EmptyState">
      <projectsIcon.react tag="span" className="neoai-EmptyState-icon" />
      <h3>{title}</h3>
      <p role={urgent ? 'alert' : undefined}>{about}</p>
      {actions
        .filter(command => commands.isVisible(command))
        .map((command, index) => (
          <button
            key={command}
            className={`jp-Button jp-mod-styled ${index === 0 ? 'jp-mod-accept' : ''}`}
            onClick={() => void commands.execute(command)}
          >
            {commands.label(command)}
          </button>
        ))}
    </div>
  );
}
