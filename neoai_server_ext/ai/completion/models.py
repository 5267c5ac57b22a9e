"""The models of requests and replies of completion."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ..requests import Strict, Text

MAX_TEXT = 2_000_000


class OtherCell(Strict):
    """Another cell of the notebook."""

    source: str = Text
    kind: Literal["code", "markdown", "raw"] = "code"


class OtherCells(Strict):
    """The cells before the one with the cursor, and those after it, in their order."""

    before: list[OtherCell] = Field(default=[], max_length=1000)
    after: list[OtherCell] = Field(default=[], max_length=1000)


class CompletionRequest(Strict):
    """A place in a text: what stands before it and after it."""

    prefix: str = Text
    suffix: str = Field(default="", max_length=MAX_TEXT)
    language: str = Field(default="", max_length=100)
    path: str = Field(default="", max_length=4096, description="Relative to the project.")
    project_id: str | None = Field(
        default=None,
        description="Whose own prompts are taken and whose privacy holds. What it imports and "
        "passages about the names near the cursor go along, unless they take too long to find.",
    )
    cells: OtherCells | None = Field(default=None, description="In a notebook.")
    multiline: bool = Field(default=True, description="Else it ends with the cursor's line.")
    model: str = "auto"
    max_tokens: int | None = Field(default=None, ge=1, le=8192)
    n: int = Field(default=1, ge=1, le=5)
    stream: bool = Field(default=False, description="Answer as server-sent events.")


class Completion(BaseModel):
    """What may be inserted there."""

    text: str
    model: str
    provider: str


class Completions(BaseModel):
    """The suggestions, each once; none where nothing belongs there."""

    items: list[Completion]
