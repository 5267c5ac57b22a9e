"""Brings code of a reply into a file's text, with a model's help where its place is not clear."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ... import errors
from ..coderequests import CodeRequest, GeneratedCode
from ..prompts.filling import fenced
from ..requests import Selection
from .merging import Unplaced, merge
from .models import MergedText, MergeRequest

LONGEST = 40_000
"""A model is asked about files of at most so many characters."""
INSTRUCTION = """Bring the code below into the file at the place where it belongs. It may replace \
what is there or be added to it. Change nothing else in the file.

"""
ADVICE = "Insert it at the cursor, or select what it should replace and paste it."

WriteCode = Callable[[CodeRequest], Awaitable[GeneratedCode]]


class Merging:
    """write_code: asks a model for the task `edit`; raises Unavailable where there is none."""

    def __init__(self, write_code: WriteCode) -> None:
        self._write_code = write_code

    async def merge(self, wanted: MergeRequest) -> MergedText:
        """The file's text with the code in it. Raises Conflict (`no-place`) where it is not clear
        where it belongs and no model says so, and what `write_code` raises of a model's failure."""
        try:
            found = await asyncio.to_thread(
                merge, wanted.text, wanted.code, wanted.path, wanted.language
            )
        except Unplaced as unplaced:
            return await self._asked(wanted, str(unplaced))
        return MergedText(text=found.text, how=found.how, note=found.note)

    async def _asked(self, wanted: MergeRequest, why: str) -> MergedText:
        no_place = errors.Conflict(f"{why} {ADVICE}", code="no-place")
        if not wanted.code.strip() or len(wanted.text) + len(wanted.code) > LONGEST:
            raise no_place
        selection = Selection(text=wanted.text, path=wanted.path or None)
        instruction = INSTRUCTION + fenced(wanted.code, wanted.language)
        try:
            written = await self._write_code(
                CodeRequest(
                    instruction=instruction,
                    language=wanted.language,
                    path=wanted.path,
                    project_id=wanted.project_id,
                    selection=selection,
                )
            )
        except errors.Unavailable as error:
            raise (no_place if error.code == "no-model" else error) from error
        notes = [check.message for check in written.checks if check.severity == "error"]
        return MergedText(
            text=written.code, how="model", note=" ".join(notes[:1]), model=written.model
        )
