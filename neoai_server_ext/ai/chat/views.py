"""What people have in front as they ask: kept for the message that names it, and for that alone.

It is not written into the chat, which others may read and which stays.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..along import Along, Bringing
from ..context import Part
from ..requests import ChatContext, ChatMessage, ChatRequest
from .notes import note_of
from .seat import Seat

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message

MOST = 100
ELSEWHERE = "It lies outside of this chat's project."


@dataclass
class View:
    """What somebody had in front. message: the id of the message that has named it."""

    user: str
    context: ChatContext
    error: str = ""
    message: str = ""


@dataclass
class Seen:
    """What of a view goes along, and the error of its cell."""

    along: Along = field(default_factory=Along)
    error: str = ""


class Views:
    """Keeps the last views in memory. bringing: reads what they name."""

    def __init__(self, bringing: Bringing) -> None:
        self._bringing = bringing
        self._kept: OrderedDict[str, View] = OrderedDict()

    def keep(self, user: str, context: ChatContext, error: str = "") -> str:
        """Keep what a user has in front; returns its id."""
        identity = uuid.uuid4().hex
        self._kept[identity] = View(user, context, error)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return identity

    async def seen(self, message: Message, seat: Seat, *, people: bool) -> Seen:
        """What the message's view brings along. people: whether the server tells people apart: the
        view must be the sender's own then. Raises as Bringing.of."""
        view = self._kept.get(str(note_of(message).get("view", "")))
        if view is None or (people and view.user != message.sender):
            return Seen()
        if view.message not in ("", message.id):
            return Seen()  # somebody has copied its name
        view.message = message.id
        context, left_out = _within(view.context, seat)
        said = [ChatMessage(role="user", content=message.body or "?")]
        wanted = ChatRequest(messages=said, project_id=seat.place.project_id, context=context)
        along = await self._bringing.of(wanted, seat.place)
        along.parts += left_out
        return Seen(along, view.error if context.cell is not None else "")


def _within(context: ChatContext, seat: Seat) -> tuple[ChatContext, list[Part]]:
    """The view with paths relative to the seat's folder, and what is left out: that of other
    folders."""
    left_out: list[Part] = []

    def inner(path: str | None) -> str | None:
        if path is None or not path.startswith(seat.above):
            return None
        return path.removeprefix(seat.above)

    changed: dict[str, object] = {"files": []}
    for key, kind in (("selection", "selection"), ("cell", "file"), ("open_file", "file")):
        found = getattr(context, key)
        if found is None:
            continue
        path = inner(found.path)
        changed[key] = found.model_copy(update={"path": path}) if path is not None else None
        if path is None:
            name = found.path or key
            left_out.append(Part(kind, name, "", note=ELSEWHERE))  # type: ignore[arg-type]
    changed["diagnostics"] = [
        problem.model_copy(update={"path": path})
        for problem in context.diagnostics
        if (path := inner(problem.path)) is not None
    ]
    return context.model_copy(update=changed), left_out
