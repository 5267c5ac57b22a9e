"""The models of requests and replies of next edits."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..requests import MAX_TEXT, OwnPrompts, Strict
from .places import Kind

Path = Field(min_length=1, max_length=4096, description="Relative to the project.")


class Spot(Strict):
    """Where a name begins. Line and column count from 1, columns in UTF-16 units."""

    path: str = Path
    line: int = Field(ge=1)
    column: int = Field(ge=1)


class References(Strict):
    """What a language server said of a definition before its name, or its parameters, were
    edited."""

    name: str = Field(min_length=1, max_length=200, description="The name before.")
    line: int = Field(ge=1, description="Where it is defined, in `after`.")
    places: list[Spot] = Field(
        max_length=1000, description="Where else it stands, in the texts as they are now."
    )


class EditedFile(Strict):
    """A file before its latest edits, and as it is now."""

    path: str = Path
    before: str = Field(max_length=MAX_TEXT)
    after: str = Field(max_length=MAX_TEXT)
    language: str = Field(default="", max_length=100, description="Else by the path's ending.")
    references: list[References] = Field(
        default=[],
        max_length=20,
        description="By definition of this file: places that syntax alone would not tell are "
        "found, too, and members that are not among them are doubtful.",
    )


class OpenText(Strict):
    """A file whose text is not saved. Of a notebook: the code of its cells, one below the other."""

    path: str = Path
    text: str = Field(max_length=MAX_TEXT)
    language: str = Field(default="", max_length=100, description="Else by the path's ending.")


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
    doubtful: bool = Field(
        description="The language server did not name it: it may be another symbol's."
    )
    model: str = Field(default="", description="Which model filled it in.")


class NextEdits(BaseModel):
    """The places, in the order in which they are to be offered."""

    items: list[NextEdit]
    problem: str = Field(default="", description="Why a model did not fill in what it should.")
