"""Writes a growing reply into a chat, in either of its backends.

The collaborative backend keeps messages in a shared document; the other one (`WsChatModel`)
rewrites the chat's file and sends the message whenever a message is updated, on the event loop.
There, a reply that is still growing is sent but not saved: the file is written when it begins and
when it is complete.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from jupyterlab_chat.models import Message, NewMessage
from jupyterlab_chat.websocket_model import WsChatModel

from . import notes
from .pace import Pace

if TYPE_CHECKING:
    from jupyterlab_chat.models import BaseChatModel


class ChatReply:
    """One message of the persona, from its first words to its end.

    answers: the id of the message that it answers. again: the reply that it takes the place of.
    """

    def __init__(
        self, chat: BaseChatModel, sender: str, answers: str = "", again: Message | None = None
    ) -> None:
        self._chat = chat
        self._sender = sender
        self._answers = answers
        self._pace = Pace()
        self._id: str | None = None
        self.is_again = again is not None
        if again is not None:
            self._id = again.id
            chat.update_message(notes.anew(again))

    def due(self, size: int) -> bool:
        """Whether to `show` the body, now of about `size` bytes; if so it counts as shown."""
        return self._pace.due(size, time.monotonic())

    def show(self, body: str) -> None:
        """The reply is `body` so far."""
        message = self._message(body)
        if message is None or message.body == body:
            return
        if isinstance(self._chat, WsChatModel):
            _send_unsaved(self._chat, message, body)
        else:
            self._chat.update_message(replace(message, body=body))

    def complete(self, body: str, about: notes.Note | None = None) -> None:
        """The reply is `body`, and stays. about: what its note says of it."""
        message = self._message(body)
        if message is not None:
            note = {"answers": self._answers, **(about or {})}
            self._chat.update_message(notes.finished(message, body, note))

    def _message(self, body: str) -> Message | None:
        """The chat's message, which begins with `body`; None where somebody has deleted it."""
        if self._id is None:
            new = NewMessage(body=body, sender=self._sender)
            self._id = self._chat.add_message(new, trigger_actions=[])
        message = self._chat.get_message(self._id)
        return None if message is None or message.deleted else message


def _send_unsaved(chat: WsChatModel, message: Message, body: str) -> None:
    from jupyterlab_chat.ws_messages import ServerMessageMessage, to_wire

    stored = chat._messages[chat._indexes_by_id[message.id]]
    stored["body"] = body
    chat.broadcast(to_wire(ServerMessageMessage(message=chat.resolve_message(stored))))
