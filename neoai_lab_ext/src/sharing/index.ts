import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { API } from '../api';
import { IProjects } from '../projects';
import { FollowedFiles } from './followed';
import { Roles } from './roles';

/** Holds the page to the roles of somebody who is not the server's owner. */
const roles: JupyterFrontEndPlugin<void> = {
  id: '@neoai/lab:roles',
  description:
    'Opens files that may only be read as copies that follow the disk, and says so.',
  autoStart: true,
  requires: [IDocumentManager],
  optional: [IProjects, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: IDocumentManager,
    projects: IProjects | null,
    translator: ITranslator | null
  ): void => {
    const known = Roles.ofPage();
    if (!known) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('neoai');
    const api = new API(app.serviceManager.serverSettings);
    new FollowedFiles({ app, documents, api, roles: known, trans });
    projects?.changed.connect(() => {
      if (projects.items.length) {
        known.update(projects.items);
      }
    });
  }
};

export const sharingPlugins = [roles] as JupyterFrontEndPlugin<unknown>[];
