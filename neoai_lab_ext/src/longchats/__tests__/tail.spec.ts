import { type ISignal, Signal } from '@lumino/signaling';

import { FIRST, type IListModel, Tail } from '../tail';

/** A chat's list of messages, with what its view reads of it. */
class List implements IListModel {
  messages: { deleted?: boolean }[] = [];
  messagesInViewport: number[] = [];
  unreadMessages: number[] = [];
  readonly config = { showDeleted: false };

  get messagesUpdated(): ISignal<this, void> {
    return this._updated;
  }

  add(count: number): void {
    const added = Array.from({ length: count }, () => ({}));
    this.messages = [...this.messages, ...added];
    this._updated.emit();
  }

  private readonly _updated = new Signal<this, void>(this);
}

function opened(count: number): { list: List; tail: Tail } {
  const list = new List();
  const tail = new Tail(list);
  list.add(count);
  return { list, tail };
}

describe('the tail of a chat', () => {
  it('has all of a short chat', () => {
    const { list, tail } = opened(5);
    expect(tail.view.messages).toEqual(list.messages);
    expect(tail.hidden).toBe(0);
  });

  it('has the last messages of a long one, and those that come', () => {
    const { list, tail } = opened(500);
    expect(tail.view.messages).toHaveLength(FIRST);
    list.add(1);
    expect(tail.view.messages).toHaveLength(FIRST + 1);
    expect(tail.view.messages.at(-1)).toBe(list.messages.at(-1));
  });

  it('gives earlier ones to who hears that there are more, deleted ones not counted', () => {
    const { list, tail } = opened(100);
    list.messages[75].deleted = true;
    const seen: number[] = [];
    tail.view.messagesUpdated.connect(() =>
      seen.push(tail.view.messages.length)
    );
    tail.more(10, true);
    expect(seen).toEqual([FIRST + 11]);
    expect(tail.view.messages).toHaveLength(FIRST);
    tail.settle();
    expect(tail.view.messages).toHaveLength(FIRST + 11);
    tail.more(1000, true);
    expect(tail.hidden).toBe(0);
  });

  it('counts from the first message that is shown', () => {
    const { list, tail } = opened(100);
    list.unreadMessages = [3, 90, 99];
    expect(tail.view.unreadMessages).toEqual([10, 19]);
    tail.view.messagesInViewport = [18, 19];
    expect(list.messagesInViewport).toEqual([98, 99]);
    tail.view.unreadMessages = [10];
    expect(list.unreadMessages).toEqual([3, 90]);
  });

  it('says that the end is in view only if it is to stay there', () => {
    const { tail } = opened(100);
    const seen: (number[] | undefined)[] = [];
    tail.view.messagesUpdated.connect(() =>
      seen.push(tail.view.messagesInViewport)
    );
    tail.more(10, true);
    tail.more(10, false);
    expect(seen).toEqual([[FIRST + 8], []]);
  });

  it('starts at the end again when the chat is loaded anew', () => {
    const { list, tail } = opened(100);
    tail.more(1000, true);
    tail.settle();
    list.messages = [];
    list.add(300);
    expect(tail.view.messages).toHaveLength(FIRST);
  });
});
