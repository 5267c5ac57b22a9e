"""The table of fixes, and the models of requests and replies."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base

MAX_CODE = 20_000
MAX_TRACEBACK = 200_000

Match = Literal["same", "kind", "similar"]


class FixRow(Base):
    """An error, and the code before and after it was mended. kind: what the error says, with words
    in place of values."""

    __tablename__ = "fixes"

    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    name: Mapped[str]
    message: Mapped[str]
    kind: Mapped[str]
    frames: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str]
    path: Mapped[str]
    cell: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]


class Strict(BaseModel):
    """Refuses what it does not know."""

    model_config = ConfigDict(extra="forbid")


class ErrorGiven(Strict):
    """An error as a kernel or a program put it out."""

    name: str = Field(default="", max_length=1000, description="Of its class, if known.")
    message: str = Field(default="", max_length=MAX_TRACEBACK)
    traceback: str = Field(
        default="", max_length=MAX_TRACEBACK, description="Any text with the error in it."
    )

    @model_validator(mode="after")
    def _says_something(self) -> ErrorGiven:
        if not (self.name.strip() or self.traceback.strip()):
            raise ValueError("give its `name` or its `traceback`")
        return self


class FixRecord(Strict):
    """A fix that the user has accepted."""

    project_id: str = Field(min_length=1, max_length=200)
    error: ErrorGiven
    before: str = Field(max_length=MAX_CODE, description="The code that failed.")
    after: str = Field(max_length=MAX_CODE, description="The code that the user accepted.")
    language: str = Field(default="", max_length=100)
    path: str = Field(
        default="", max_length=4096, description="The file, relative to the project's folder."
    )
    cell: str = Field(default="", max_length=200, description="The notebook's cell, by its id.")

    @model_validator(mode="after")
    def _changes_something(self) -> FixRecord:
        if self.before.strip() == self.after.strip():
            raise ValueError("`before` and `after` are the same")
        return self


class FixSearch(Strict):
    """Which error is there again."""

    project_id: str = Field(min_length=1, max_length=200)
    error: ErrorGiven
    code: str = Field(default="", max_length=MAX_TRACEBACK, description="The code that fails.")
    k: int = Field(default=5, ge=1, le=50, description="At most so many fixes.")


class FixQuery(Strict):
    """Whose fix."""

    project_id: str = Field(min_length=1, max_length=200)


class Fix(BaseModel):
    """An error, and how it was mended. Secrets in it are taken out."""

    id: str
    at: datetime
    name: str
    message: str
    frames: list[str] = Field(description="The functions it came through, the outermost first.")
    language: str
    path: str
    cell: str
    before: str
    after: str
    diff: str = Field(description="From before to after, unified.")
    match: Match = Field(
        description="`same`: it said the same but for numbers and addresses; `kind`: but for "
        "values, names and paths too; `similar`: it has words in common."
    )
    applied: str | None = Field(
        description="The code given, mended in the same way; null where it does not fit."
    )


class Fixes(BaseModel):
    """The fixes found, the best first."""

    items: list[Fix]
