"""The models of requests about open documents."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class ConflictResolve(BaseModel):
    """Whose lines stay where a document's edits and the file on disk collide."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The document's, relative to the server's root.")
    choice: Literal["mine", "disk", "both"] = Field(
        description="The document's, the file's, or both one after the other; what does not "
        "collide is merged in any case."
    )


class DocumentMerge(BaseModel):
    """The three contents of a document that no room holds. Texts are strings, notebooks objects."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The document's, relative to the server's root.")
    base: str | dict[str, Any] = Field(description="On which both sides last agreed.")
    mine: str | dict[str, Any] = Field(description="With the unsaved edits.")
    disk: str | dict[str, Any] = Field(description="As the file is now.")
    choice: Literal["mine", "disk", "both"] | None = Field(
        None, description="Whose lines stay where both have changed the same ones."
    )


class DocumentMerged(BaseModel):
    """What came of a merge."""

    content: str | dict[str, Any] | None = Field(
        description="With both sides' changes; null where they collide and nothing was chosen."
    )
    conflicts: int = Field(description="In how many places the sides collide.")
