import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { chatPlugins } from './chat';
import { editorPlugins } from './editor';
import { projectsPlugins } from './projects';
import { sharingPlugins } from './sharing';

/** Every plugin of NeoAI in JupyterLab; each feature lists its own. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...editorPlugins,
  ...projectsPlugins,
  ...sharingPlugins,
  ...chatPlugins
];

export default plugins;
