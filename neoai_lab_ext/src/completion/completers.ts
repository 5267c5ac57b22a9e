import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type {
  IInlineCompleterFactory,
  InlineCompleter
} from '@jupyterlab/completer';

/** JupyterLab's widgets of inline completion: it has no commands for a part of what they show. */
export class Completers {
  /** Follow all that `factory` makes from now on. */
  constructor(factory: IInlineCompleterFactory | null) {
    if (factory) {
      const make = factory.factory.bind(factory);
      factory.factory = options => {
        const made = make(options);
        this._all.add(made);
        made.disposed.connect(() => this._all.delete(made));
        return made;
      };
    }
  }

  /** The one that shows a suggestion in the editor with the keyboard. */
  get active(): InlineCompleter | null {
    for (const completer of this._all) {
      if (
        completer.isActive &&
        completer.editor?.hasFocus() &&
        completer.current
      ) {
        return completer;
      }
    }
    return null;
  }

  /** Type the beginning of what is shown; the rest stays. */
  accept(part: (text: string) => string): void {
    const { active } = this;
    const text = active?.current?.insertText;
    if (text) {
      // The cursor goes along in the same step: else what is asked next is asked at its old place.
      const { editor } = active!.editor as CodeMirrorEditor;
      const insert = part(text);
      const from = editor.state.selection.main.head;
      const anchor = from + insert.length;
      editor.dispatch({ changes: { from, insert }, selection: { anchor } });
    }
  }

  private readonly _all = new Set<InlineCompleter>();
}
