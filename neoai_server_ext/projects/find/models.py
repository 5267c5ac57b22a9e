"""The models of finding and replacing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_QUERY = 4096
MAX_EDITED_FILES = 10_000
ONE_LINE = r"^[^\x00\r\n]*$"

Globs = Annotated[str, Field(max_length=4096, pattern=ONE_LINE)]


class PathsQuery(BaseModel):
    """The query of the file names."""

    known: str | None = Field(
        default=None, max_length=64, description="The stamp of the listing that is known already."
    )


class Paths(BaseModel):
    """The names of a project's files, without what `.gitignore` leaves out."""

    stamp: str = Field(description="The same as long as the listing is.")
    folders: list[list[str]] | None = Field(
        description="Each folder with a trailing slash (empty for the project's own), then the "
        "names of its files; null where the stamp is the one that is `known`."
    )
    truncated: bool = Field(description="Whether there are more files than are listed.")


class TextQuery(BaseModel):
    """What to look for, and where."""

    query: str = Field(min_length=1, max_length=MAX_QUERY, pattern=ONE_LINE)
    case: bool = Field(default=False, description="Whether capitals matter.")
    word: bool = Field(default=False, description="Whole words only.")
    regex: bool = Field(default=False, description="The query is a regular expression.")
    include: Globs = Field(
        default="",
        description="Files or folders to search, as git reads patterns, with commas between.",
    )
    exclude: Globs = Field(default="", description="Files or folders to leave out, likewise.")
    limit: int | None = Field(default=None, ge=1, description="How many matches at the most.")


class Edit(BaseModel):
    """One replacement within a line."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(ge=1, description="From 1.")
    start: int = Field(ge=0, description="In UTF-16 units from the line's beginning.")
    old: str = Field(min_length=1, pattern=ONE_LINE, description="What stands there.")
    new: str = Field(description="What it becomes.")


class FileEdits(BaseModel):
    """The replacements in one file."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, description="Relative to the project.")
    stamp: str = Field(max_length=64, description="As the search gave it with the matches.")
    edits: list[Edit] = Field(min_length=1)


class ReplacementCreate(BaseModel):
    """What to replace, file by file."""

    model_config = ConfigDict(extra="forbid")

    files: list[FileEdits] = Field(min_length=1, max_length=MAX_EDITED_FILES)


class FileOutcome(BaseModel):
    """What became of one file. Every state but `done` means that it is as it was."""

    path: str
    state: Literal["done", "changed", "missing", "failed"] = Field(
        description="`changed`: somebody else has changed it meanwhile."
    )
    detail: str | None = Field(default=None, description="Why, and what to do.")


class Replacement(BaseModel):
    """A replacement across the project, or its undoing."""

    id: str
    files: list[FileOutcome]
    edits: int = Field(description="How many places were changed.")
