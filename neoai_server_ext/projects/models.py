"""The table of projects, and the models of requests and replies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base
from ..pagination import MAX_CURSOR

MAX_PAGE = 100_000
MAX_SETTINGS = 65_536

ProjectState = Literal["ready", "cloning", "failed"]


class ProjectRow(Base):
    """A registered folder; `location` is its real, absolute path. Servers with different roots
    may share the table: each sees what lies within its own."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    location: Mapped[str] = mapped_column(unique=True)
    trusted: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="ready")
    git_url: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime]


def _printable(text: str) -> str:
    if not text.strip() or any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise ValueError("must not be blank or contain control characters")
    return text.strip()


def _small(settings: dict[str, Any]) -> dict[str, Any]:
    import json

    if len(json.dumps(settings, ensure_ascii=False).encode()) > MAX_SETTINGS:
        raise ValueError(f"must not be larger than {MAX_SETTINGS} bytes as JSON")
    return settings


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Settings = Annotated[dict[str, Any], AfterValidator(_small)]


class ProjectCreate(BaseModel):
    """How a project comes to be: `path` registers a folder that is there, `git_url` clones, and
    neither makes a new folder named after `name`."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = Field(
        default=None, description="Its name; by default that of its folder or repository."
    )
    path: str | None = Field(
        default=None,
        description="Relative to the server's root, which is `.`; with `git_url`, the clone's.",
    )
    create: bool = Field(
        default=False, description="Make the folder at `path`, and its parents, if it is not there."
    )
    git_url: str | None = Field(
        default=None,
        min_length=1,
        max_length=2048,
        description="https, http, ssh, git, `user@host:path`, or a path below the server's root.",
    )
    template: str | None = Field(default=None, description="Not offered yet.")
    settings: Settings = Field(default_factory=dict, description="The project's own settings.")


class ProjectUpdate(BaseModel):
    """What of a project can be changed; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    trusted: bool | None = Field(
        default=None, description="Whether what the project itself defines may run."
    )
    settings: Settings | None = Field(default=None, description="Replaces all of them.")


class Project(BaseModel):
    """A project."""

    id: str
    name: str
    path: str = Field(description="Relative to the server's root; empty for the root itself.")
    trusted: bool
    settings: dict[str, Any]
    state: ProjectState = Field(description="Its files can be had while this is `ready`.")
    missing: bool = Field(description="Whether its folder is not there any more.")
    git_url: str | None = Field(default=None, description="Where it was cloned from.")
    error: str | None = Field(default=None, description="Why the clone failed, and what to do.")
    created_at: datetime
    updated_at: datetime


class ProjectDelete(BaseModel):
    """The query of `DELETE /projects/{id}`."""

    files: bool = Field(default=False, description="Also move its folder to the trash.")


class TreeQuery(BaseModel):
    """The query of the tree."""

    path: str = Field(default="", description="The folder to list; by default all of the project.")
    depth: int | None = Field(default=None, ge=1, description="1 for the folder's own entries.")
    glob: str | None = Field(
        default=None,
        min_length=1,
        max_length=1024,
        description="Only what matches, as git reads patterns: `*.py` at any depth, `src/**/*.py`.",
    )
    limit: int = Field(default=2000, ge=1, le=MAX_PAGE, description="How many items at the most.")
    cursor: str | None = Field(default=None, max_length=MAX_CURSOR)
    ignored: bool = Field(default=False, description="Also what `.gitignore` leaves out.")


class FileItem(BaseModel):
    """One entry of the tree."""

    path: str = Field(description="Relative to the project, with slashes.")
    kind: Literal["file", "directory", "symlink", "other"]
    size: int | None = Field(description="Bytes; null for what is not a file.")
    mtime: datetime
    target: Literal["file", "directory", "other", "missing", "outside"] | None = Field(
        default=None, description="Where a symlink leads; outside the project nothing is served."
    )
    path_encoded: str | None = Field(
        default=None, description="The path for a URL, where its name on disk is not UTF-8."
    )


class FileItems(BaseModel):
    """One page of the tree: each folder before its content, names in order."""

    items: list[FileItem]
    next_cursor: str | None = None


class FileWritten(BaseModel):
    """A file as it stands after a write."""

    path: str
    size: int
    mtime: datetime
    etag: str = Field(description="As in the `ETag` header, quotes included.")


class Move(BaseModel):
    """From where to where, both relative to the project."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    source: str = Field(alias="from", min_length=1)
    target: str = Field(alias="to", min_length=1)


class Moved(BaseModel):
    """Where it is now."""

    path: str
