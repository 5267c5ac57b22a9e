import { Poll } from '@lumino/polling';

import type { API, components } from '../api';
import type { CompletionStatus } from './status';

type Model = components['schemas']['AIModel'];

/** In ms: providers are added and removed on another page, or by another program. */
const EVERY = 60_000;

/** Whether a model can be asked for completions at all. */
export function hasModel(models: readonly Model[]): boolean {
  return models.some(
    ({ available, provider, tasks }) =>
      available &&
      provider !== 'neoai' &&
      tasks.some(task => task === 'completion' || task === 'chat')
  );
}

/** Asks the server from time to time, while the page is in sight. */
export function followModels(api: API, status: CompletionStatus): Poll {
  return new Poll({
    name: 'neoai-completion-models',
    auto: false,
    standby: 'when-hidden',
    frequency: { interval: EVERY, backoff: true, max: 10 * EVERY },
    factory: async () => {
      status.hasModel = hasModel((await api.get('/ai/models')).items);
    }
  });
}
