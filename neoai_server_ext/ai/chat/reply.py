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

from .pace import Pace

if TYPE_CHECKING:
    from jupyterlab_chat.models import BaseChatModel


class ChatReply:
    """One message of the persona, from its first words to its end."""

    def __init__(self, chat: BaseChatModel, sender: str) -> None:
        self._chat = chat
        self._sender = sender
        self._pace = Pace()
        self._id: str | None = None

    def due(self, size: int) -> bool:
        """Whether to `show` the body, now of about `size` bytes; if so it counts as shown."""
        return self._pace.due(size, time.monotonic())

    def show(self, body: str) -> None:
        """The reply is `body` so far."""
        self._show(body, complete=False)

    def complete(self, body: str) -> None:
        """The reply is `body`, and stays."""
        self._show(body, complete=True)

    def _show(self, body: str, *, complete: bool) -> None:
        if self._id is None:
            self._id = self._chat.add_message(
                NewMessage(body=body, sender=self._sender), trigger_actions=[]
            )
            return
        message = self._chat.get_message(self._id)
        if message is None or message.deleted or message.body == body:
            return
        if isinstance(self._chat, WsChatModel) and not complete:
            _send_unsaved(self._chat, message, body)
        else:
            self._chat.update_message(replace(message, body=body))


def _send_unsaved(chat: WsChatModel, message: Message, body: str) -> None:
    from jupyterlab_chat.ws_messages import ServerMessageMessage, to_wire

    stored = chat._messages[chat._indexes_by_id[message.id]]
    stored["body"] = body
    chat.broadcast(to_wire(ServerMessageMessage(message=chat.resolve_message(stored))))
