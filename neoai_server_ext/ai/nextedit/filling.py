"""A model fills in places of which it takes judgement what they should be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from difflib import unified_diff

from ...grammars import language_of, parsed
from .. import checks
from ..context.place import Place as Project
from ..prompts import Library
from ..providers import Delta
from ..service import AIService, Chosen, Message, Restart, Wanted
from .edits import Change
from .places import Place
from .source import Source

MOST_DIFF = 6_000
AROUND = 12
"""Lines that go along to both sides."""
MOST_TOKENS = 512


async def fill(
    ai: AIService, project: Project, changes: Sequence[Change], places: Sequence[Place], text: str
) -> list[tuple[Place, str]]:
    """The places of one file with this text as a model fills them in, and which did; those that it
    cannot are as they were. Raises NoReply, and what AIService.request raises."""
    asked = [_one(ai, project, changes, place, text) for place in places]
    return list(await asyncio.gather(*asked))


async def _one(
    ai: AIService, project: Project, changes: Sequence[Change], place: Place, text: str
) -> tuple[Place, str]:
    values = await asyncio.to_thread(_values, ai, changes, place, text)
    prompt = await Library(project.read).fill("next-edit", values)
    paths = {place.path, *(change.path for change in changes)}
    is_private = any([await project.keeps(path) for path in paths])
    wanted = Wanted("edit", MOST_TOKENS, project.project_id, 0.0)
    model, reply = "", ""
    stream = ai.request([Message("user", prompt)], wanted, private=is_private)
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Chosen):
                model = event.model
            elif isinstance(event, Restart):
                reply = ""
            elif isinstance(event, Delta):
                reply += event.text
    new = _written(reply, place)
    if new is None or not await asyncio.to_thread(_fits, place, new, text):
        return place, ""
    return replace(place, new=new), model


def _values(ai: AIService, changes: Sequence[Change], place: Place, text: str) -> dict[str, str]:
    hide = ai.catalog.hide
    source = Source(text)
    first, last = source.line_of(place.start), source.line_of(place.end)
    around = "".join(source.lines[max(0, first - AROUND) : last + AROUND + 1])
    return {
        "change": hide("".join(map(_diff, changes)))[:MOST_DIFF],
        "around": hide(around),
        "code": hide(place.old),
        "line": hide("".join(source.lines[first : last + 1]).rstrip("\n")),
        "path": place.path,
        "language": language_of(place.path),
        "reason": place.reason,
    }


def _diff(change: Change) -> str:
    before, after = change.before.original.lines, change.after.original.lines
    lines = unified_diff(before, after, change.path, change.path, n=2)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _written(reply: str, place: Place) -> str | None:
    """What the reply puts in the place; None where it says nothing of use."""
    blocks = checks.code_blocks(reply)
    new = (blocks[0].code if blocks else reply).strip()
    if not new or new == place.old or len(new) > 20 * len(place.old) + 200:
        return None
    if place.old[:1] == "(" and not (new.startswith("(") and new.endswith(")")):
        return None
    return new


def _fits(place: Place, new: str, text: str) -> bool:
    """Whether the file still can be read, if it could before. Blocks."""
    language = language_of(place.path)
    if not language:
        return True
    before = parsed(text, language)
    after = parsed(text[: place.start] + new + text[place.end :], language)
    return before is None or after is None or before.has_error or not after.has_error
