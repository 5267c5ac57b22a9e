"""The table of projects, and the models of requests and replies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base
from ..pagination import MAX_CURSOR
from .sharing.roles import Role
from .templates.models import Made, TemplateChoice

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


def _variable(name: str) -> str:
    if not name.isascii() or not name.isidentifier():
        raise ValueError("must be letters, digits and _, and not begin with a digit")
    return name


def _small(settings: dict[str, Any]) -> None:
    import json

    if len(json.dumps(settings, ensure_ascii=False).encode()) > MAX_SETTINGS:
        raise ValueError(f"must not be larger than {MAX_SETTINGS} bytes as JSON")


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
Variable = Annotated[str, Field(max_length=200), AfterValidator(_variable)]
Value = Annotated[str, Field(max_length=32_768, pattern=r"^[^\x00]*$")]


class ProjectSettings(BaseModel):
    """A project's own settings. Those that NeoAI does not know are kept as they are."""

    model_config = ConfigDict(extra="allow")

    interpreter: str | None = Field(
        default=None,
        max_length=4096,
        pattern=r"^[^\x00-\x1f]*$",
        description="The Python to run the project with: a path, or the name of a kernel.",
    )
    environment: dict[Variable, Value] = Field(
        default_factory=dict, description="Environment variables for what the project runs."
    )
    private: bool = Field(
        default=False,
        description="Whether nothing of it may go to a model outside this machine and network.",
    )
    rules: str = Field(
        default="", max_length=20_000, description="What the AI is told about the project."
    )
    format_on_save: bool | None = Field(
        default=None, description="Overrides the editor's setting; null leaves it as it is."
    )

    @model_validator(mode="after")
    def _check_size(self) -> Self:
        _small(self.as_stored())
        return self

    def as_stored(self) -> dict[str, Any]:
        """What was given, and nothing else: a default that changes later applies."""
        return self.model_dump(mode="json", exclude_unset=True)


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
    template: str | TemplateChoice | None = Field(
        default=None,
        description="What a new folder starts from: an id of `GET /templates`, or where it is.",
    )
    settings: ProjectSettings = Field(
        default_factory=ProjectSettings, description="The project's own settings."
    )


class ProjectUpdate(BaseModel):
    """What of a project can be changed; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    trusted: bool | None = Field(
        default=None, description="Whether what the project itself defines may run."
    )
    settings: ProjectSettings | None = Field(default=None, description="Replaces all of them.")


class Project(BaseModel):
    """A project."""

    id: str
    name: str
    path: str = Field(description="Relative to the server's root; empty for the root itself.")
    trusted: bool
    settings: dict[str, Any]
    state: ProjectState = Field(
        description="Its files can be had while this is `ready`; `cloning` is also what is being "
        "made from a template."
    )
    missing: bool = Field(description="Whether its folder is not there any more.")
    git_url: str | None = Field(default=None, description="Where it was cloned from.")
    role: Role = Field(default="owner", description="Of the one who asks.")
    error: str | None = Field(default=None, description="Why the clone failed, and what to do.")
    made: Made | None = Field(
        default=None, description="What its template says; in the reply to its creation only."
    )
    warnings: list[str] = Field(
        default=[], description="What of the settings does not hold; in the reply to a change only."
    )
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
    ignored: bool = Field(
        default=False, description="Whether `.gitignore` leaves it out; told with `ignored=true`."
    )


class FileItems(BaseModel):
    """One page of the tree: each folder before its content, names in order."""

    items: list[FileItem]
    next_cursor: str | None = None
    stamp: str | None = Field(
        default=None, description="With `depth=1`, the folder's stamp just before it was listed."
    )


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


class EntryCopy(Move):
    """What to copy, and the copy's own path."""


class EntryPath(BaseModel):
    """An entry of the project."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, description="Relative to the project.")


class Discarded(BaseModel):
    """What went to the trash."""

    path: str
    id: str | None = Field(description="To restore it by; null where this system cannot.")


class Restore(BaseModel):
    """Where to put back what is in the trash."""

    model_config = ConfigDict(extra="forbid")

    to: str | None = Field(
        default=None, min_length=1, description="By default where it was deleted."
    )


class StampsQuery(BaseModel):
    """The query of the stamps."""

    folders: str = Field(max_length=32_768, description="Paths, one a line; empty for the root.")


class Stamps(BaseModel):
    """How folders are: a stamp changes when an entry comes, goes or gets another name."""

    items: dict[str, str | None] = Field(
        description="By path; null for a folder that is not there."
    )


class ExportQuery(BaseModel):
    """The query of the export."""

    path: str = Field(default="", description="The folder; by default all of the project.")


class ZipImport(BaseModel):
    """An archive in the project, and the new folder that gets what is in it."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, description="The zip archive, relative to the project.")
    to: str = Field(min_length=1, description="A folder that is not there yet.")
    remove: bool = Field(default=False, description="Remove the archive when that is done.")


class ZipImported(BaseModel):
    """What was unpacked."""

    path: str
    files: int
