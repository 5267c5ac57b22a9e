import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { editorPlugins } from './editor';

/** Every plugin of NeoAI in JupyterLab; each feature lists its own. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [...editorPlugins];

export default plugins;
