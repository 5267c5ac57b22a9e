import type { ISharedFile } from '@jupyter/ydoc';
import { DocumentModel, TextModelFactory } from '@jupyterlab/docregistry';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

import { MODEL } from './tokens';

/** Models of files that are shown by pieces: they hold nothing, and cannot be changed or saved. */
export class BytesModelFactory extends TextModelFactory {
  override get name(): string {
    return MODEL;
  }

  /** Null: JupyterLab does not fetch the content. */
  override get fileFormat(): 'text' {
    return null as unknown as 'text';
  }

  override createNew(
    options: DocumentRegistry.IModelOptions<ISharedFile> = {}
  ): DocumentRegistry.ICodeModel {
    const model = new DocumentModel({
      ...options,
      collaborationEnabled: false
    }) as unknown as DocumentRegistry.ICodeModel;
    model.readOnly = true;
    return model;
  }
}
