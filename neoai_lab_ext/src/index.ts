import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { chatPlugins } from './chat';
import { editorPlugins } from './editor';
import { projectsPlugins } from './projects';

/** Every plugin of NeoAI in JupyterLab; each feature lists its own. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...editorPlugins,
  ...projectsPlugins,
  ...chatPlugins
];

export default plugins;
