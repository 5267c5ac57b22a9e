import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { askingPlugins } from './asking';
import { chatPlugins } from './chat';
import { historyPlugins } from './checkpoints';
import { codeBlockPlugins } from './codeblocks';
import { collaborationPlugins } from './collaboration';
import { completionPlugins } from './completion';
import { editorPlugins } from './editor';
import { findPlugins } from './find';
import { nextEditPlugins } from './nextedit';
import { previewsPlugins } from './previews';
import { inPlacePlugins } from './inplace';
import { languageServerPlugins } from './languageservers';
import { longChatPlugins } from './longchats';
import { projectsPlugins } from './projects';
import { providersPlugins } from './providers';
import { reviewPlugins } from './review';
import { searchIndexPlugins } from './searchindex';
import { sessionPlugins } from './session';
import { sharingPlugins } from './sharing';
import { usagePlugins } from './usage';
import { viewingPlugins } from './viewing';

/** Every plugin of NeoAI in JupyterLab; each feature lists its own. */
const plugins: JupyterFrontEndPlugin<unknown>[] = [
  ...editorPlugins,
  ...viewingPlugins,
  ...previewsPlugins,
  ...projectsPlugins,
  ...collaborationPlugins,
  ...sharingPlugins,
  ...findPlugins,
  ...historyPlugins,
  ...reviewPlugins,
  ...inPlacePlugins,
  ...languageServerPlugins,
  ...nextEditPlugins,
  ...completionPlugins,
  ...chatPlugins,
  ...longChatPlugins,
  ...codeBlockPlugins,
  ...askingPlugins,
  ...providersPlugins,
  ...usagePlugins,
  ...sessionPlugins,
  ...searchIndexPlugins
];

export default plugins;
