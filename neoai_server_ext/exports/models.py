"""The models of kept exports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..pagination import Page

State = Literal["running", "ready", "failed", "cancelled"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ExportCreate(BaseModel):
    """What to export."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(default="", description="The folder; by default all of the project.")
    ignored: bool = Field(default=False, description="With what `.gitignore` leaves out.")


class Export(BaseModel):
    """An export that is kept, or is on its way."""

    id: str
    name: str = Field(description="What the archive is called, without `.zip`.")
    path: str = Field(description="The folder in the project that it holds; empty for all.")
    ignored: bool = Field(description="Whether it holds what `.gitignore` leaves out.")
    created_at: datetime
    bytes: int = Field(description="The archive's size; 0 until it is packed.")
    sha256: str = Field(description="The archive's SHA-256; empty until it is packed.")
    state: State
    progress: float = Field(description="From 0 to 1; packing is the first half, sending the rest.")
    error: str | None = Field(default=None, description="Why it failed.")
    resumable: bool = Field(
        default=False, description="Whether `resume` sends the rest of a failed one."
    )


class ExportPage(Page[Export]):
    """A page of exports, the newest first."""


class StoredPart(BaseModel):
    """A part of an archive as it is stored: its SHA-256 and its size."""

    name: Digest
    size: int = Field(ge=0)


class Record(BaseModel):
    """What is known of an export, beside its parts: its manifest when it is complete, and before
    that the note on the local disk of how far it came."""

    id: str
    project_id: str
    name: str
    path: str = ""
    ignored: bool = False
    created_at: datetime
    bytes: int = 0
    sha256: str = ""
    encrypted: bool = False
    parts: list[StoredPart] = []
    state: State = "running"
    packed: bool = False
    error: str | None = None

    def shown(self, progress: float = 0.0) -> Export:
        """As the API tells it."""
        fields = self.model_dump(include=set(Export.model_fields))
        done = 1.0 if self.state == "ready" else progress
        resumable = self.state == "failed" and self.packed
        return Export(**fields, progress=round(done, 3), resumable=resumable)
