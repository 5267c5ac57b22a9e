"""The models of requests and replies about code that belongs in a file."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..requests import OwnPrompts, Strict, Text
from .merging import How


class MergeRequest(Strict):
    """Code, and the file that it belongs in. text: the file's, as the editor has it."""

    code: str = Text
    text: str = Text
    path: str = Field(default="", max_length=4096)
    language: str = Field(default="", max_length=100)
    project_id: str | None = OwnPrompts


class MergedText(BaseModel):
    """The file's text with the code in it; nothing is written."""

    text: str
    how: How = Field(
        description="`new`: the file was empty; `whole`: the code is all of it; `patch`: it said "
        "what to change; `symbols`, `lines`: by what both have; `model`: a model was asked."
    )
    note: str = Field(default="", description="What is wrong with the result.")
    model: str = ""
