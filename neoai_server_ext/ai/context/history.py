"""A conversation that has become too long: its older messages are summed up, and not forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ... import errors
from ..asking import Wanted, size_of
from ..cache import seen
from ..prompts import Library
from ..providers import Delta, Message, ProviderError
from ..routing import Chosen, Restart, RoutedEvent
from .parts import Part, tokens
from .place import Place

Request = Callable[..., AsyncGenerator[RoutedEvent, None]]

WORDS = 300
SUMMARY_TOKENS = 1200
PIECE = 6000
MOST_PIECES = 4
LEAST = 200
"""Messages that have fewer tokens together are not worth a request."""
MOST = 200
PURPOSE = "an assistant goes on with this conversation and sees nothing else of its beginning"


@dataclass(frozen=True)
class Fitted:
    """What is said, and a part that stands for what is not."""

    said: Sequence[Message]
    part: Part | None = None


@dataclass(frozen=True)
class _Summary:
    text: str
    model: str
    forgotten: bool = False


class Histories:
    """Keeps conversations short. request: asks a model, as AIService.request does.
    hide: takes the secrets out of a text.

    A summary is kept in memory by the messages that it sums up, and the next one goes on from it.
    """

    def __init__(
        self, request: Request, hide: Callable[[str], str], *, enabled: bool = True
    ) -> None:
        self._request = request
        self._hide = hide
        self._enabled = enabled
        self._kept: OrderedDict[str, _Summary] = OrderedDict()

    async def fitted(self, messages: Sequence[Message], limit: int, place: Place) -> Fitted:
        """The last message, with earlier ones of at most `limit` tokens and a summary of those
        before. Where no model sums them up they are left out, and the part says why."""
        system = [message for message in messages if message.role == "system"]
        turns = [message for message in messages if message.role != "system"]
        if size_of(turns[:-1]) <= limit:
            return Fitted(messages)
        keys = _keys(turns[:-1])
        known = max((n for n, key in enumerate(keys) if key in self._kept), default=0)
        if known and size_of(turns[known:-1]) <= limit:
            cut, summary = known, self._kept[keys[known]]
        else:
            cut = _cut(turns, limit // 2)
            known = known if known <= cut else 0
            before = self._kept[keys[known]] if known else _Summary("", "")
            try:
                summary = await self._sum_up(before, turns[known:cut], place)
            except (errors.NeoAIError, ProviderError) as error:
                return Fitted([*system, *turns[cut:]], _left_out(turns[:cut], error.detail))
            self._kept[keys[cut]] = summary
        self._kept.move_to_end(keys[cut])
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return Fitted([*system, *turns[cut:]], _as_part(turns[:cut], summary))

    async def _sum_up(self, before: _Summary, turns: Sequence[Message], place: Place) -> _Summary:
        if not self._enabled:
            raise errors.Conflict("Summaries are turned off.")
        if not before.text and size_of(turns) < LEAST:
            raise errors.Conflict("They are too short to be summed up.")
        library = Library(place.read if place.trusted else None)
        pieces = await asyncio.to_thread(_pieces, turns, self._hide)
        summary = before
        for piece in pieces[-MOST_PIECES:]:
            so_far = f"Summary of what was before:\n{summary.text}\n\n" if summary.text else ""
            values: dict[str, Any] = {"text": so_far + piece, "words": WORDS, "purpose": PURPOSE}
            prompt = await library.fill("summarise", values)
            summary = await self._ask(prompt, place)
        forgotten = before.forgotten or len(pieces) > MOST_PIECES
        return _Summary(summary.text, summary.model, forgotten)

    async def _ask(self, prompt: str, place: Place) -> _Summary:
        text = model = ""
        wanted = Wanted("summarise", SUMMARY_TOKENS, place.project_id)
        stream = self._request([Message("user", prompt)], wanted, private=place.private)
        async with aclosing(stream) as events:
            async for event in events:
                match event:
                    case Chosen():
                        model = event.model
                    case Restart():
                        text = ""
                    case Delta():
                        text += event.text
        return _Summary(text.strip(), model)


def _as_part(older: Sequence[Message], summary: _Summary) -> Part:
    note = f"Summed up by {summary.model}."
    if summary.forgotten:
        note += " The oldest messages were too many and are left out."
    lost = max(0, size_of(older) - tokens(summary.text))
    return Part("history", _named(older), summary.text, note=note, lost=lost)


def _left_out(older: Sequence[Message], why: str) -> Part:
    note = f"Left out, and not summed up. {why}"
    return Part("history", _named(older), "", note=note, lost=size_of(older))


def _named(older: Sequence[Message]) -> str:
    return f"{len(older)} earlier message{'s' if len(older) > 1 else ''}"


def _cut(turns: Sequence[Message], limit: int) -> int:
    """Where the part begins that is kept: with what the user said."""
    cut = len(turns) - 1
    while cut > 0 and (limit := limit - tokens(turns[cut - 1].content)) >= 0:
        cut -= 1
    while turns[cut].role != "user":
        cut += 1
    return cut


def _keys(turns: Sequence[Message]) -> list[str]:
    """A hash of each beginning of the conversation, by its number of messages."""
    digest = hashlib.sha256()
    keys = [digest.hexdigest()]
    for turn in turns:
        digest.update(json.dumps([turn.role, turn.content, *seen(turn)]).encode())
        keys.append(digest.hexdigest())
    return keys


def _pieces(turns: Sequence[Message], hide: Callable[[str], str]) -> list[str]:
    """The messages as texts of about PIECE tokens, from which secrets are taken before they are
    cut."""
    pieces: list[str] = []
    text = ""
    for turn in turns:
        said = f"{turn.role.capitalize()}:\n{hide(turn.content)}\n\n"
        for start in range(0, len(said), PIECE * 3):
            part = said[start : start + PIECE * 3]
            if text and tokens(text) + tokens(part) > PIECE:
                pieces.append(text)
                text = ""
            text += part
    return [*pieces, text] if text else pieces
