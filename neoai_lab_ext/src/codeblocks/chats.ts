import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ISignal } from '@lumino/signaling';
import type { Widget } from '@lumino/widgets';

/** Something that goes along with a message, as Jupyter's chat has it. */
export interface IAttachment {
  type: 'file' | 'notebook';
  /** Relative to the server's root. */
  value: string;
  mimetype?: string;
  selection?: {
    start: [number, number];
    end: [number, number];
    content: string;
  };
  cells?: { id: string; input_type: 'raw' | 'markdown' | 'code' }[];
}

/** What is being written in a chat. */
export interface IChatInput {
  value: string;
  readonly attachments: readonly IAttachment[];
  addAttachment?(attachment: IAttachment): void;
  focus(): void;
  send(content: string): void;
  getMetadata?(): Record<string, unknown>;
  updateMetadata?(patch: Record<string, unknown>): void;
}

/** A message of a chat. */
export interface IChatMessage {
  readonly id: string;
  readonly body: string;
  readonly deleted?: boolean;
  readonly sender: { username: string };
  readonly metadata?: Record<string, unknown>;
}

/** A chat as far as it is used here. */
export interface IChatModel {
  /** The chat's file, with its drive before a colon at times. */
  readonly name: string;
  readonly ready?: Promise<void>;
  readonly messages: readonly IChatMessage[];
  readonly input: IChatInput;
  readonly messagesUpdated?: ISignal<unknown, void>;
}

/** A chat that is open, in the main area or in the sidebar. */
export interface IChat {
  readonly widget: Widget;
  readonly model: IChatModel;
}

/** The id of the sidebar's chats. */
export const SIDE_PANEL = 'JupyterlabChat:sidepanel';

/** The chats of Jupyter's chat that are open. */
export class Chats {
  constructor(private readonly _app: JupyterFrontEnd) {
    _app.shell.currentChanged?.connect((_, { newValue }) => {
      this._last = newValue && modelOf(newValue) ? newValue : this._last;
    });
  }

  /** The one used last first, then those in view. */
  all(): IChat[] {
    const { shell } = this._app;
    const widgets = [...shell.widgets('main')];
    for (const area of ['left', 'right']) {
      for (const panel of shell.widgets(area)) {
        const { current } = panel as { current?: Widget | null };
        if (panel.id === SIDE_PANEL && current) {
          widgets.push(current);
        }
      }
    }
    const found = widgets.flatMap(widget => {
      const model = modelOf(widget);
      return model ? [{ widget, model }] : [];
    });
    return found.sort((a, b) => this._rank(b) - this._rank(a));
  }

  /** The chat that an element of the page is in. */
  around(node: Node): IChat | null {
    return this.all().find(({ widget }) => widget.node.contains(node)) ?? null;
  }

  /** Bring a chat to the front, with the keyboard in its input. */
  focus({ widget, model }: IChat): void {
    const { shell } = this._app;
    const isMain = [...shell.widgets('main')].includes(widget);
    shell.activateById(isMain ? widget.id : SIDE_PANEL);
    model.input.focus();
  }

  private _rank({ widget }: IChat): number {
    return (widget === this._last ? 2 : 0) + (widget.isVisible ? 1 : 0);
  }

  private _last: Widget | null = null;
}

/** Where a chat's file lies, relative to the server's root. */
export function pathOfChat({ model }: IChat): string {
  return model.name.replace(/^[\w-]+:/, '');
}

function modelOf(widget: Widget): IChatModel | null {
  const { model } = widget as { model?: Partial<IChatModel> };
  return typeof model?.input?.addAttachment === 'function'
    ? (model as IChatModel)
    : null;
}
