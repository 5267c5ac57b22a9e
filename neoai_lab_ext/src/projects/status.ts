import type { TranslationBundle } from '@jupyterlab/translation';
import {
  type LabIcon,
  notTrustedIcon,
  offlineBoltIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { HealthWatch } from './health';
import { problems } from './healthview';
import { projectsIcon } from './icons';
import { CommandIDs, type IProjects } from './tokens';

interface IStatusOptions {
  projects: IProjects;
  health: HealthWatch | null;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/** The current project, whether it is trusted, and what is wrong with the server, if anything. */
export class ProjectStatus extends Widget {
  constructor(private readonly _options: IStatusOptions) {
    super();
    const { projects, health, commands } = _options;
    this.addClass('neoai-ProjectStatus');
    this._project.addEventListener(
      'click',
      () => void commands.execute(CommandIDs.show)
    );
    this._problem.addEventListener(
      'click',
      () => void commands.execute(CommandIDs.health)
    );
    this._problem.classList.add('neoai-mod-problem');
    this.node.append(this._project, this._problem);
    projects.currentChanged.connect(() => this.update());
    projects.changed.connect(() => this.update());
    health?.changed.connect(() => this.update());
    this.update();
  }

  protected override onUpdateRequest(msg: Message): void {
    super.onUpdateRequest(msg);
    this._showProject();
    this._showProblem();
  }

  private _showProject(): void {
    const { projects, trans } = this._options;
    const { current } = projects;
    const isUntrusted = current !== null && !current.trusted;
    const name = current?.name ?? trans.__('No project');
    let title = trans.__('No project is open. Show the projects.');
    if (current) {
      title = isUntrusted
        ? trans.__(
            '%1 is open and untrusted: nothing of its own runs by itself.',
            name
          )
        : trans.__('%1 is open and trusted.', name);
    }
    const label = document.createElement('span');
    label.textContent = name;
    const mark = isUntrusted ? [icon(notTrustedIcon)] : [];
    this._project.replaceChildren(icon(projectsIcon), label, ...mark);
    this._project.title = title;
    this._project.setAttribute('aria-label', title);
  }

  private _showProblem(): void {
    const { health, trans } = this._options;
    const found = health ? problems(health, trans) : [];
    this._problem.hidden = found.length === 0;
    const label = document.createElement('span');
    label.textContent = health?.error
      ? trans.__('NeoAI unreachable')
      : trans.__('NeoAI degraded');
    this._problem.replaceChildren(icon(offlineBoltIcon), label);
    this._problem.title = found.join('\n');
  }

  private readonly _project = document.createElement('button');
  private readonly _problem = document.createElement('button');
}

function icon(source: LabIcon): HTMLElement {
  return source.element({ tag: 'span', stylesheet: 'statusBar' });
}
