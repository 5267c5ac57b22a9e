"""The routes of a file's encoding and line endings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field
from tornado.web import HTTPError

from .. import errors
from ..http import NeoAIHandler, Route, operation
from . import texts
from .encodings import ENCODINGS
from .handlers import AUTH_RESOURCE
from .paths import MAX_PATH

if TYPE_CHECKING:
    from .contents import NeoAIContentsManager


class TextQuery(BaseModel):
    """Which file."""

    path: str = Field(
        min_length=1, max_length=MAX_PATH, description="Relative to the server's root."
    )


class TextUpdate(BaseModel):
    """What to write a file with from its next save on. What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        min_length=1, max_length=MAX_PATH, description="Relative to the server's root."
    )
    encoding: str | None = Field(default=None, description="One of `encodings`.")
    line_endings: Literal["lf", "crlf"] | None = None
    reopen: bool = Field(
        default=False,
        description="Read the file again in this encoding, also in the rooms that have it open; "
        "what they have not saved yet is merged with it.",
    )


class TextState(BaseModel):
    """How a file's text is written."""

    path: str
    encoding: str | None = Field(description="None: the file holds no text.")
    line_endings: texts.LineEndings
    encodings: list[str] = Field(description="The encodings that can be chosen.")


class TextHandler(NeoAIHandler):
    """`/text`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show a file's encoding and line endings", query=TextQuery, reply=TextState)
    async def get(self, *, query: TextQuery) -> TextState:
        """Those with which it is saved next; found out from the file, or chosen before."""
        return await self._state(query.path)

    @operation("Choose a file's encoding or line endings", body=TextUpdate, reply=TextState)
    async def patch(self, *, body: TextUpdate) -> TextState:
        """The file is written so when it is saved next; with `reopen` it is read so now."""
        manager, place = self._place(body.path)
        marks = manager.texts
        await asyncio.to_thread(texts.choose, marks, place, body.encoding, body.line_endings)
        if body.reopen:
            await asyncio.to_thread(texts.touch, marks, place)
        return await self._state(body.path)

    async def _state(self, path: str) -> TextState:
        manager, place = self._place(path)
        encoding, line_endings = await asyncio.to_thread(texts.state, manager.texts, place)
        return TextState(
            path=path, encoding=encoding, line_endings=line_endings, encodings=list(ENCODINGS)
        )

    def _place(self, path: str) -> tuple[NeoAIContentsManager, str]:
        from .contents import NeoAIContentsManager

        manager = self.contents_manager
        if not isinstance(manager, NeoAIContentsManager):
            raise errors.Conflict(
                "Another contents manager is configured, which knows UTF-8 alone.",
                code="other-contents-manager",
            )
        try:
            return manager, manager.text_file(path)
        except HTTPError:
            raise errors.NotFound("There is no file at this path.") from None


routes = [Route("/text", TextHandler)]
