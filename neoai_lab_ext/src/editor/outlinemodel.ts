import type { IWidgetTracker } from '@jupyterlab/apputils';
import {
  type TableOfContents,
  TableOfContentsFactory,
  TableOfContentsModel
} from '@jupyterlab/toc';

import type { NeoAIEditorWidget } from './tokens';

interface IHeading extends TableOfContents.IHeading {
  line: number;
  endLine: number;
}

/** The symbols of a file in JupyterLab's table of contents. */
class OutlineModel extends TableOfContentsModel<IHeading, NeoAIEditorWidget> {
  get documentType(): string {
    return 'neoai-editor';
  }

  override get supportedOptions(): (keyof TableOfContents.IConfig)[] {
    return [];
  }

  /** Mark the heading that the cursor is in. */
  followCursor(): void {
    const { line } = this.widget.content.cursor;
    const around = this.headings.filter(
      heading => heading.line <= line && line <= heading.endLine
    );
    this.setActiveHeading(around[around.length - 1] ?? null, false);
  }

  protected async getHeadings(): Promise<IHeading[]> {
    const view = await this.widget.content.ready;
    const symbols = await view.symbols();
    return symbols.map(({ name, type, line, endLine, level }) => ({
      text: name,
      level: level + 1,
      line,
      endLine,
      dataset: { 'data-symbol': type }
    }));
  }

  protected override isHeadingEqual(one: IHeading, other: IHeading): boolean {
    return (
      super.isHeadingEqual(one, other) &&
      one.line === other.line &&
      one.endLine === other.endLine
    );
  }
}

/** Shows the outline of the files in our editor; a click goes to the symbol. */
export class OutlineFactory extends TableOfContentsFactory<
  NeoAIEditorWidget,
  IHeading
> {
  constructor(tracker: IWidgetTracker<NeoAIEditorWidget>) {
    super(tracker);
  }

  protected override _createNew(
    widget: NeoAIEditorWidget,
    configuration?: TableOfContents.IConfig
  ): OutlineModel {
    const model = new OutlineModel(widget, configuration);
    const { content } = widget;
    const refresh = () => void model.refresh();
    const follow = () => model.followCursor();
    const go = (_: unknown, heading: IHeading | null) => {
      if (heading) {
        content.view?.goTo(heading.line);
      }
    };
    model.activeHeadingChanged.connect(go);
    model.headingsChanged.connect(follow);
    content.cursorMoved.connect(follow);
    content.symbolsChanged.connect(refresh);
    void content.ready.then(refresh);
    widget.disposed.connect(() => {
      content.cursorMoved.disconnect(follow);
      content.symbolsChanged.disconnect(refresh);
    });
    return model;
  }
}
