"""The models of requests in which a model writes or changes code."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from .requests import (
    MAX_TEXT,
    AttemptMade,
    ChatContext,
    CheckFound,
    Selection,
    Strict,
    Text,
    UsageCounts,
)


def _lines(text: str) -> list[str]:
    """The lines as an editor counts them, each with its line break."""
    return [line for line in re.split(r"(?<=\n)", text) if line]


class CodeText(Strict):
    """A file or a cell of which something must change: the lines `start_line` to `end_line`, or
    all of it. An end before the start: nothing goes, and something comes before the start."""

    path: str = Field(default="", max_length=4096)
    cell: str | None = Field(default=None, max_length=200, description="The cell's id.")
    text: str = Text
    start_line: int | None = Field(default=None, ge=1)
    end_line: int | None = Field(default=None, ge=0)
    language: str = Field(default="", max_length=100)

    @model_validator(mode="after")
    def _lies_within(self) -> CodeText:
        start, end = self.lines
        if (self.start_line is None) != (self.end_line is None):
            raise ValueError("give both lines, or neither")
        if end < start - 1 or end > self.text.count("\n") + 1 or start > end + 1:
            raise ValueError("the lines are not in the text")
        return self

    @property
    def lines(self) -> tuple[int, int]:
        """The first and the last line, from 1, of what is replaced."""
        if self.start_line is None or self.end_line is None:
            count = self.text.count("\n") + (not self.text.endswith("\n"))
            return 1, count if self.text else 0
        return self.start_line, self.end_line

    @property
    def piece(self) -> str:
        """What is replaced."""
        start, end = self.lines
        return "".join(_lines(self.text)[start - 1 : end])

    @property
    def around(self) -> tuple[str, str]:
        """What stands before it and after it."""
        start, end = self.lines
        lines = _lines(self.text)
        return "".join(lines[: start - 1]), "".join(lines[end:])

    @property
    def suffix(self) -> str:
        """The ending of the file's name."""
        return self.path.rpartition("/")[2].rpartition(".")[2]


class CodeRequest(Strict):
    """Code to be written, or changed where there is a selection."""

    instruction: str = Field(default="", max_length=MAX_TEXT)
    language: str = Field(default="", max_length=100)
    path: str = Field(default="", max_length=4096)
    project_id: str | None = Field(
        default=None, description="Whose prompts, passages and rules are taken; its privacy holds."
    )
    selection: Selection | None = None
    texts: list[CodeText] = Field(
        default=[],
        max_length=20,
        description="Pieces of files and cells to be changed at once, in place of a `selection`.",
    )
    context: ChatContext = Field(
        default=ChatContext(),
        description="What goes along, as with a chat, besides the project's passages and rules.",
    )
    template: Literal["generate", "edit", "fix-error"] | None = Field(
        default=None, description="The prompt; else `edit` with a selection, `generate` without."
    )
    error: str = Field(
        default="",
        max_length=MAX_TEXT,
        description="The traceback that `fix-error` is about; it needs no instruction.",
    )
    kernel_id: str | None = Field(
        default=None,
        max_length=200,
        description="Whose variables go along with `fix-error`; the server's owner's alone.",
    )
    model: str = "auto"
    max_tokens: int | None = Field(default=None, ge=1, le=1_000_000)
    stream: bool = Field(default=False, description="Answer as server-sent events.")
    cache: bool = Field(default=True, description="Whether an earlier reply may answer.")

    @model_validator(mode="after")
    def _says_what_is_wanted(self) -> CodeRequest:
        needed = self.error if self.template == "fix-error" else self.instruction
        if not needed:
            name = "error" if self.template == "fix-error" else "instruction"
            raise ValueError(f"`{name}` must say something")
        if self.texts and (self.selection is not None or self.template is not None):
            raise ValueError("`texts` go with neither a `selection` nor a `template`")
        places = [(text.path, text.cell) for text in self.texts]
        if len(set(places)) < len(places):
            raise ValueError("each file or cell may be in `texts` once")
        return self


class Edit(BaseModel):
    """Lines (from 1, both included) of a file, and the text in their place. An end before the
    start: nothing goes, and the text comes before the start."""

    path: str
    start_line: int
    end_line: int
    text: str


class TextEdit(Edit):
    """An edit of one of the `texts`; with a cell's id the lines are those of the cell."""

    cell: str | None


class CodeCheck(CheckFound):
    """A finding in one of the `texts` as it would be, in which its line counts."""

    path: str
    cell: str | None


class GeneratedCode(BaseModel):
    """The code, and what is to be said about it."""

    code: str
    language: str
    explanation: str
    edits: list[TextEdit | Edit]
    checks: list[CodeCheck | CheckFound]
    model: str
    provider: str
    usage: UsageCounts
    attempts: list[AttemptMade]
