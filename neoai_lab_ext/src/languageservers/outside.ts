import { MainAreaWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { textEditorIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as monaco from 'monaco-editor/editor';

import { OverflowHost } from '../editor/overflow';
import { editorOptions, type IEditorSettings } from '../editor/settings';
import { FIXED_OPTIONS } from '../editor/view';

/** A file outside the server's root, such as the standard library's: to be read, not written. */
export class OutsideText extends Widget {
  constructor(uri: monaco.Uri, settings: IEditorSettings, title: string) {
    super();
    this.addClass('neoai-Editor');
    const known = monaco.editor.getModel(uri);
    // A copy: the one that definitions point to is replaced as others are looked up.
    this._model = monaco.editor.createModel(
      known?.getValue() ?? '',
      known?.getLanguageId(),
      uri.with({ query: 'open' })
    );
    const host = this.node.appendChild(document.createElement('div'));
    host.className = 'neoai-Editor-host';
    this._overflow = new OverflowHost(host);
    this.editor = monaco.editor.create(host, {
      ...FIXED_OPTIONS,
      ...editorOptions(settings),
      model: this._model,
      readOnly: true,
      minimap: { enabled: false },
      overflowWidgetsDomNode: this._overflow.node,
      ariaLabel: title
    });
  }

  readonly editor: monaco.editor.IStandaloneCodeEditor;

  override dispose(): void {
    if (!this.isDisposed) {
      this.editor.dispose();
      this._overflow.dispose();
      this._model.dispose();
      super.dispose();
    }
  }

  protected override onActivateRequest(): void {
    this.editor.focus();
  }

  protected override onAfterShow(): void {
    this.editor.layout();
  }

  protected override onResize(): void {
    this.editor.layout();
  }

  private readonly _model: monaco.editor.ITextModel;
  private readonly _overflow: OverflowHost;
}

/** A tab for a file outside the server's root. */
export function outsideTab(
  uri: monaco.Uri,
  settings: IEditorSettings,
  trans: TranslationBundle
): MainAreaWidget<OutsideText> {
  const title = trans.__('%1 (read-only)', uri.path);
  const content = new OutsideText(uri, settings, title);
  const widget = new MainAreaWidget({ content });
  widget.id = `neoai-outside-${encodeURIComponent(uri.path)}`;
  widget.toolbar.hide();
  widget.title.label = trans.__('%1 (read-only)', uri.path.split('/').pop()!);
  widget.title.caption = trans.__(
    '%1 lies outside the files of this server, and cannot be edited here.',
    uri.path
  );
  widget.title.icon = textEditorIcon;
  widget.title.closable = true;
  return widget;
}
