import type { DocumentRegistry } from '@jupyterlab/docregistry';

type Context = Pick<DocumentRegistry.Context, 'localPath' | 'save'> & {
  readonly model: Pick<DocumentRegistry.IModel, 'dirty'>;
};

/** A save that asks its user something is not answered in time: nobody may be there. */
const PATIENCE_MS = 10_000;

/** Save every document that has unsaved edits; the paths of those that could not be saved. */
export async function saveAll(
  contexts: Iterable<Context>,
  patience = PATIENCE_MS
): Promise<string[]> {
  const dirty = [...new Set(contexts)].filter(({ model }) => model.dirty);
  const saved = await Promise.all(
    dirty.map(context => isSaved(context, patience))
  );
  return dirty
    .filter((_, index) => !saved[index])
    .map(({ localPath }) => localPath);
}

async function isSaved(context: Context, patience: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), patience);
  });
  const saving = context.save().then(
    () => !context.model.dirty,
    () => false
  );
  try {
    return await Promise.race([saving, late]);
  } finally {
    clearTimeout(timer);
  }
}
