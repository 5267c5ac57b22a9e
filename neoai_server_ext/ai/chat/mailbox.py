"""Messages that Jupyter AI's router passes over.

`YChat._dispatch_message_event` (jupyterlab-chat 0.25) drops a new message while the chat has
unsaved changes: within a second of the chat being opened, of another message, or while a reply is
being written. Whoever types quickly would wait for an answer in vain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message as ChatMessage

OTHERS = ("/refresh-personas",)
"""What is no message to a persona: whoever registered it takes it."""

Deliver = Callable[["ChatMessage"], Awaitable[None]]


class Mailbox:
    """Notices every message to one persona in a collaborative chat, and each of them once.

    chat: the chat's model; one that is not collaborative needs no help and gets none.
    deliver: takes a message that the router may have missed; it asks `first_time` as the
    router's own delivery does.
    """

    def __init__(self, chat: Any, persona: str, deliver: Deliver) -> None:
        self._chat = chat
        self._persona = persona
        self._deliver = deliver
        self._seen = {message.id for message in chat.get_messages()}
        self._tasks: set[asyncio.Task[None]] = set()
        messages = getattr(chat, "ymessages", None)
        self._subscription = None if messages is None else messages.observe(self._changed)

    def first_time(self, message_id: str) -> bool:
        """Whether this message has not been asked about before."""
        if message_id in self._seen:
            return False
        self._seen.add(message_id)
        return True

    def close(self) -> None:
        """Stop noticing."""
        if self._subscription is not None:
            self._chat.ymessages.unobserve(self._subscription)
            self._subscription = None

    def _changed(self, event: Any) -> None:
        """Within a transaction: nothing may be written here, so delivery comes after it."""
        if any("delete" in part for part in event.delta):
            return  # a message is put at its place by time, or the file was read again
        inserted = [item for part in event.delta for item in part.get("insert", ())]
        wanted = [item.to_py() for item in inserted]
        for message in wanted:
            if self._is_ours(message):
                self._later(message)

    def _is_ours(self, message: dict[str, Any]) -> bool:
        body = str(message.get("body", ""))
        to = (message.get("metadata") or {}).get("to_persona")
        is_others = body.split(maxsplit=1)[:1] in [[command] for command in OTHERS]
        return to == self._persona and not message.get("deleted") and not is_others

    def _later(self, message: dict[str, Any]) -> None:
        from jupyterlab_chat.models import Message as ChatMessage

        async def deliver() -> None:
            await self._deliver(ChatMessage(**message))

        task = asyncio.get_running_loop().create_task(deliver())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
