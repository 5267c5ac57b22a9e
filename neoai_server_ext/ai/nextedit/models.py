"""The models of requests and replies of next edits."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..requests import MAX_TEXT, OwnPrompts, Strict
from .places import Kind

Path = Field(min_length=1, max_length=4096, description="Relative to the project.")


class EditedFile(Strict):
    """A file before its latest edits, and as it is now."""

    path: str = Path
    before: str = Field(max_length=MAX_TEXT)
    after: str = Field(max_length=MAX_TEXT)
    language: str = Field(default="", max_length=100, description="Else by the path's ending.")


class OpenText(Strict):
    """A file whose text is not saved."""

    path: str = Path
    text: str = Field(max_length=MAX_TEXT)


class NextEditsRequest(EditedFile):
    """The latest edits, of the file in front and of others."""

    project_id: str | None = OwnPrompts
    recent: list[EditedFile] = Field(
        default=[], max_length=10, description="Other files that were edited lately."
    )
    open: list[OpenText] = Field(default=[], max_length=50)
    fill: int = Field(
        default=0,
        ge=0,
        le=5,
        description="A model fills in so many of the first places that need judgement.",
    )


class NextEdit(BaseModel):
    """A place that must change too. Lines and columns count from 1, columns in UTF-16 units; the
    end is excluded."""

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    old: str
    new: str | None = Field(description="Null: what it should be takes judgement.")
    kind: Kind = Field(description="`text`: a name within a comment or a string.")
    reason: str
    model: str = Field(default="", description="Which model filled it in.")


class NextEdits(BaseModel):
    """The places, in the order in which they are to be offered."""

    items: list[NextEdit]
    problem: str = Field(default="", description="Why a model did not fill in what it should.")
