import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IProjects } from '../projects';
import { FollowedFiles } from './followed';
import { Roles } from './roles';

/** Holds the page to the roles of somebody who is not the server's owner. */
const roles: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:roles',
  description:
    'Opens files that may only be read as copies that follow the disk, and says so.',
  autoStart: true,
  requires: [IDocumentManager, IProjects],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects,
    translator: ITranslator | null
  ): void => {
    const known = Roles.ofPage();
    if (!known) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('neoai');
    new FollowedFiles({ app, documents, projects, roles: known, trans });
    projects.changed.connect(() => {
      if (projects.items.length) {
        known.update(projects.items);
      }
    });
  }
};

export const sharingPlugins = [roles] as JupyterFrontEndPlugin<unknown>[];
