import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/** The model of a chat, as far as its view asks it for messages. Indexes are those of `messages`. */
export interface IListModel {
  readonly messages: readonly { readonly deleted?: boolean }[];
  messagesInViewport?: number[];
  unreadMessages: number[];
  readonly messagesUpdated: ISignal<unknown, void>;
  readonly unreadChanged?: ISignal<unknown, number[]>;
  readonly viewportChanged?: ISignal<unknown, number[]>;
  readonly config: object;
}

/** How many messages are shown at first. */
export const FIRST = 20;

/**
 * Shows a chat's view the last messages, and earlier ones when asked to. `view` is the model with
 * shorter lists of messages; everything else is the model's own.
 */
export class Tail implements IDisposable {
  readonly view: IListModel;

  constructor(private readonly _model: IListModel) {
    const own = this._own();
    this.view = new Proxy(_model, {
      get: (model, name) => {
        if (name in own) {
          return Reflect.get(own, name) as unknown;
        }
        const value: unknown = Reflect.get(model, name, model);
        return typeof value === 'function'
          ? (value.bind(model) as unknown)
          : value;
      },
      set: (model, name, value) =>
        Reflect.set(name in own ? own : model, name, value)
    });
    this._updated = new Signal(this.view);
    this._unreadChanged = new Signal(this.view);
    this._viewportChanged = new Signal(this.view);
    this._follow();
    _model.messagesUpdated.connect(this._onUpdated, this);
    _model.unreadChanged?.connect(this._onUnread, this);
    _model.viewportChanged?.connect(this._onViewport, this);
  }

  /** How many messages are not shown yet, nor asked for. */
  get hidden(): number {
    this._follow();
    return this._next;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  /**
   * Have earlier messages shown. `isAtEnd` says whether the view is to stay at its end. They are
   * there when `settle` is called.
   */
  more(count: number, isAtEnd: boolean): void {
    let next = this.hidden;
    for (let left = count; next > 0 && left > 0; next--) {
      // Those that were deleted are not drawn.
      left -= this._model.messages[next - 1].deleted ? 0 : 1;
    }
    this._next = next;
    this._stays = isAtEnd;
    this._emit();
    this._stays = null;
  }

  /** The messages that were asked for are in the page: from now on the view's indexes count them. */
  settle(): void {
    this._start = this._next;
    const { unreadMessages } = this.view;
    if (unreadMessages.length) {
      this._unreadChanged.emit(unreadMessages);
    }
  }

  private _own(): IListModel {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const tail = this;
    return {
      get messages() {
        tail._follow();
        return tail._model.messages.slice(tail._offset);
      },
      get messagesInViewport() {
        return tail._stays === null
          ? tail._shown(tail._model.messagesInViewport ?? [])
          : tail._stays
            ? [this.messages.length - 2]
            : [];
      },
      set messagesInViewport(indexes: number[]) {
        tail._model.messagesInViewport = indexes.map(
          each => each + tail._start
        );
      },
      get unreadMessages() {
        return tail._shown(tail._model.unreadMessages);
      },
      set unreadMessages(indexes: number[]) {
        const before = tail._model.unreadMessages.filter(
          each => each < tail._start
        );
        tail._model.unreadMessages = [
          ...before,
          ...indexes.map(each => each + tail._start)
        ];
      },
      get messagesUpdated() {
        return tail._updated;
      },
      get unreadChanged() {
        return tail._unreadChanged;
      },
      get viewportChanged() {
        return tail._viewportChanged;
      },
      get config() {
        // Its own buttons below code blocks are never seen: ours stand there.
        return { ...tail._model.config, enableCodeToolbar: false };
      }
    };
  }

  /** While the list is taken anew, what was asked for counts; otherwise what is in the page. */
  private get _offset(): number {
    return this._isEmitting ? this._next : this._start;
  }

  private _shown(indexes: readonly number[]): number[] {
    return indexes.map(each => each - this._offset).filter(each => each >= 0);
  }

  /** A chat that is loaded, or loaded anew, is seen from its end; single messages are only added. */
  private _follow(): void {
    const { length } = this._model.messages;
    if (length < this._length || length - this._length > FIRST) {
      this._start = this._next = Math.max(0, length - FIRST);
    }
    this._length = length;
  }

  private _emit(): void {
    this._isEmitting = true;
    this._updated.emit();
    this._isEmitting = false;
  }

  private _onUpdated(): void {
    this._follow();
    this._emit();
  }

  private _onUnread(_: unknown, indexes: number[]): void {
    this._unreadChanged.emit(this._shown(indexes));
  }

  private _onViewport(_: unknown, indexes: number[]): void {
    this._viewportChanged.emit(this._shown(indexes));
  }

  private readonly _updated: Signal<IListModel, void>;
  private readonly _unreadChanged: Signal<IListModel, number[]>;
  private readonly _viewportChanged: Signal<IListModel, number[]>;
  private _length = 0;
  private _start = 0;
  private _next = 0;
  private _stays: boolean | null = null;
  private _isEmitting = false;
  private _isDisposed = false;
}
