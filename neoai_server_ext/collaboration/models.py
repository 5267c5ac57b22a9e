"""The models of requests about open documents."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ConflictResolve(BaseModel):
    """Whose lines stay where a document's edits and the file on disk collide."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(description="The document's, relative to the server's root.")
    choice: Literal["mine", "disk", "both"] = Field(
        description="The document's, the file's, or both one after the other; what does not "
        "collide is merged in any case."
    )
