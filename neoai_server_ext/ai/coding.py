"""What a model is asked for code, and what its reply is as code."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, replace
from typing import Any

from .. import errors
from ..projects.service import ProjectService
from . import checks, context, rewriting
from .along import Bringing
from .coderequests import CodeRequest, Edit
from .context import Context
from .context.earlier import earlier_fixes
from .context.place import Place, place_of
from .prompts import Library
from .requests import ChatMessage, ChatRequest, CheckFound
from .routing import RoutedEvent
from .service import AIService, Message, Wanted

ASKED = 2_000
"""Of an instruction so many characters are searched for."""


@dataclass(frozen=True)
class Made:
    """The code, what is said besides, where it belongs, and what checks find in it."""

    code: str
    language: str
    said: str
    edits: tuple[Edit, ...]
    checks: tuple[CheckFound, ...]


class Coding:
    """Asks models for code. ai: the models. projects: where the prompts and what goes along lie.
    bringing: reads what a request names."""

    def __init__(self, ai: AIService, projects: ProjectService, bringing: Bringing) -> None:
        self._ai = ai
        self._projects = projects
        self._bringing = bringing

    async def begin(self, wanted: CodeRequest) -> AsyncGenerator[RoutedEvent, None]:
        """The reply's events; the request is looked at, and no model asked yet."""
        self._ai.catalog.check(wanted.model)
        place = await place_of(self._projects, wanted.project_id)
        selection, texts = wanted.selection, wanted.texts
        name = "rewrite" if texts else wanted.template or ("edit" if selection else "generate")
        language = wanted.language or (selection.language if selection else "")
        about = wanted.path or (selection.path if selection else None)
        paths = [about, *(text.path for text in texts)]
        values: dict[str, Any] = {
            "language": language,
            "path": wanted.path,
            "instruction": wanted.instruction,
        }
        most = wanted.max_tokens
        if texts:
            shown = await asyncio.to_thread(rewriting.told, texts, self._ai.catalog.hide)
            values = {"instruction": wanted.instruction, "texts": shown}
            most = most or rewriting.room(texts, self._ai.max_reply_tokens)
        elif name != "generate":
            if selection is None:
                raise errors.Invalid("To edit, a `selection` is needed.", code="no-selection")
            values["code"] = selection.text
        if name == "fix-error":
            del values["instruction"]
            values["error"] = wanted.error
            values["variables"] = await self._variables_of(wanted, place)
        found = await self._along(wanted, place, {path for path in paths if path})
        values["context"] = found.found
        prompt = await Library(place.read).fill(name, values)
        said = [Message("user", prompt)]
        if found.standing:
            said.insert(0, Message("system", found.standing))
        private = any([await place.keeps(path) for path in paths])
        asked = Wanted("edit", most, wanted.project_id, cache=wanted.cache)
        return self._ai.request(said, asked, model=wanted.model, private=private)

    async def _along(self, wanted: CodeRequest, place: Place, shown: set[str]) -> Context:
        """What goes along with code to be written. shown: the files that are there already."""
        asked = wanted.instruction or wanted.error
        question = ChatMessage(role="user", content=asked)
        about = ChatRequest(
            messages=[question], project_id=wanted.project_id, context=wanted.context
        )
        parts = [*place.parts, *(await self._bringing.of(about, place)).parts]
        parts += await earlier_fixes(self._ai.fixes, place, wanted.error or asked)
        sources = await self._ai.sources(asked[:ASKED], place)
        hits = [hit for hit in sources.hits if hit.path not in shown]
        hide = self._ai.catalog.hide

        def gather() -> Context:
            along = [*context.rules(place), *parts, *context.passages(hits)]
            told = [replace(part, text=hide(part.text)) for part in along]
            return context.assemble(told, self._ai.context_tokens)

        return await asyncio.to_thread(gather)

    async def read(self, wanted: CodeRequest, reply: str) -> Made:
        """What a complete reply makes of the request. Raises BadGateway (`model-malformed`)."""
        if wanted.texts:
            changed, said = await asyncio.to_thread(rewriting.edits, wanted.texts, reply)
            found = await rewriting.checked(wanted.texts, changed)
            code = changed[0].text if changed else ""
            return Made(code, wanted.language, said, tuple(changed), tuple(found))
        blocks = checks.code_blocks(reply)
        code = blocks[0].code if blocks else reply
        given = wanted.language or (wanted.selection.language if wanted.selection else "")
        language = given or (blocks[0].language if blocks else "")
        said = _around(reply, blocks[0]) if blocks else ""
        told = [CheckFound(**asdict(each)) for each in await checks.check(code, language)]
        return Made(code, language, said, tuple(_edits(wanted, code)), tuple(told))

    async def _variables_of(self, wanted: CodeRequest, place: Place) -> str:
        if wanted.kernel_id is None or wanted.selection is None:
            return ""
        asked = f"{wanted.error}\n{wanted.selection.text}"
        return (await self._bringing.variables(wanted.kernel_id, asked, place)).text


def _around(text: str, block: checks.CodeBlock) -> str:
    """What is said before and after a block."""
    lines = text.splitlines(keepends=True)
    end = block.line - 1 + len(block.code.splitlines())
    return "".join([*lines[: block.line - 2], *lines[end + 1 :]]).strip()


def _edits(wanted: CodeRequest, code: str) -> list[Edit]:
    selection = wanted.selection
    path = wanted.path or (selection.path if selection else None)
    if selection is None or not path or not selection.start_line:
        return []
    end = selection.end_line or selection.start_line + selection.text.rstrip("\n").count("\n")
    return [Edit(path=path, start_line=selection.start_line, end_line=end, text=code)]
