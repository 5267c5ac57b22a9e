import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useLayoutEffect, useRef } from 'react';

import type { TreeModel } from './model';
import { nameOf, stemLength } from './paths';

/** Takes a name that was written. Says with `model.refuse` why not, else ends the editing. */
export type INaming = (name: string) => Promise<void>;

interface INameInputProps {
  model: TreeModel;
  naming: INaming;
  trans: TranslationBundle;
}

/** A name while it is written: Enter takes it, Escape leaves all as it was. */
export function NameInput({
  model,
  naming,
  trans
}: INameInputProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const isBusy = useRef(false);
  const { kind, path, error } = model.editing!;
  const name = kind === 'rename' ? nameOf(path) : '';
  useLayoutEffect(() => {
    const node = input.current!;
    node.focus();
    const isFolder = model.node(path)?.isFolder ?? false;
    node.setSelectionRange(0, stemLength(name, isFolder));
  }, []);
  const end = (commit: boolean) => {
    if (isBusy.current || !model.editing) {
      return;
    }
    const wanted = input.current!.value.trim();
    if (!commit || !wanted || wanted === name) {
      model.stopEditing();
      return;
    }
    isBusy.current = true;
    void naming(wanted).finally(() => (isBusy.current = false));
  };
  const labels = {
    rename: trans.__('New name of %1', name),
    file: trans.__('Name of the new file'),
    folder: trans.__('Name of the new folder')
  };
  return (
    <span className="neoai-TreeRow-editor">
      <input
        ref={input}
        data-lm-suppress-shortcuts="true"
        aria-label={labels[kind]}
        aria-invalid={error !== ''}
        aria-describedby={error ? 'neoai-tree-name-error' : undefined}
        defaultValue={name}
        placeholder={labels[kind]}
        autoComplete="off"
        spellCheck={false}
        onBlur={() => end(error === '')}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === 'Enter' || event.key === 'Escape') {
            event.preventDefault();
            end(event.key === 'Enter');
          }
        }}
      />
      {error && (
        <span
          id="neoai-tree-name-error"
          role="alert"
          className="neoai-TreeRow-error"
        >
          {error}
        </span>
      )}
    </span>
  );
}
