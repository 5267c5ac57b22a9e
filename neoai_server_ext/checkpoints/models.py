"""The models of requests and replies about checkpoints and versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..pagination import Page, PageQuery


def _printable(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("must not contain control characters")
    return text.strip()


class CheckpointCreate(BaseModel):
    """A checkpoint that somebody asks for."""

    model_config = ConfigDict(extra="forbid")

    label: Annotated[str, Field(max_length=200), AfterValidator(_printable)] | None = Field(
        default=None, description="What to call it; labelled ones are kept longer."
    )


class CheckpointItem(BaseModel):
    """A checkpoint of a project."""

    id: str
    label: str | None
    created_at: datetime
    reason: str = Field(
        description="`asked`, or what it was made before: `restore`, `delete`, `replace` …"
    )
    files: int = Field(description="How many files it holds.")
    bytes: int = Field(description="The sum of their sizes.")
    skipped: dict[str, str] = Field(
        description="Paths that were left out though no ignore rule does, with the reason."
    )


class CheckpointPage(Page[CheckpointItem]):
    """A page of checkpoints, the newest first."""


class CheckpointChange(BaseModel):
    """A path that differs."""

    path: str
    change: Literal["added", "modified", "deleted"]


class CheckpointChanges(BaseModel):
    """What has changed since a checkpoint."""

    items: list[CheckpointChange]


class ChangesQuery(BaseModel):
    """Up to when."""

    to: str | None = Field(default=None, description="Another checkpoint's id; by default now.")


class CheckpointRestore(BaseModel):
    """What to restore."""

    model_config = ConfigDict(extra="forbid")

    paths: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="Files and folders; by default everything.",
    )


class CheckpointRestored(BaseModel):
    """What a restore did. It can itself be undone: restore the checkpoint `undo`."""

    id: str = Field(description="The checkpoint that was restored.")
    undo: str = Field(description="The checkpoint of what was there before.")
    restored: list[str]
    removed: list[str]
    kept: dict[str, str] = Field(
        description="Paths that were left as they are, with the reason; empty when complete."
    )


class VersionItem(BaseModel):
    """A version of a file."""

    id: str
    path: str = Field(description="The file's path at that time.")
    created_at: datetime
    size: int = Field(description="In bytes.")
    reason: str = Field(
        description="`save`, or what it was kept before: `overwrite`, `delete`, `move`, `restore`."
    )


class VersionPage(Page[VersionItem]):
    """A page of a file's versions, the newest first."""


class VersionQuery(PageQuery):
    """The query of a file's versions."""

    version: str | None = Field(
        default=None, description="A version's id: the reply is then its bytes."
    )


class VersionRestore(BaseModel):
    """Which version to restore."""

    model_config = ConfigDict(extra="forbid")

    version: str
