import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { chatPlugins } from './chat';
import { historyPlugins } from './checkpoints';
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
  ...historyPlugins,
  ...chatPlugins
];

export default plugins;
