import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { chatPlugins } from './chat';
import { editorPlugins } from './editor';
import { findPlugins } from './find';
import { projectsPlugins } from './projects';
import { sharingPlugins } from './sharing';

/** Every plugin of NeoAI in JupyterLab; each feature lists its own. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...editorPlugins,
  ...projectsPlugins,
  ...sharingPlugins,
  ...findPlugins,
  ...chatPlugins
];

export default plugins;
