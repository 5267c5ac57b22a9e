"""What can be done with projects. Knows no HTTP; every file operation runs in a thread."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError
from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

from .. import errors
from ..collaboration.service import CollaborationService
from ..db import Database
from ..events import Event
from ..pagination import Page, decode_cursor, encode_cursor
from . import casing, files, giturl, paths, trash, tree
from .clone import Report, Workplace, clone
from .cloning import Clones
from .entries import Entries, stamp
from .files import Condition, FileState, Reading, Writing
from .interpreter import ProgramOfKernel, warnings_about
from .models import Project, ProjectCreate, ProjectRow, ProjectUpdate, TreeQuery
from .naming import folder_name
from .registry import Registry
from .templates.models import Made, TemplateChoice
from .templates.service import TemplateService
from .trash import Trashed

T = TypeVar("T")


class SnapshotHook(Protocol):
    """What is told of every change of a project's files; paths are relative to the project."""

    async def changing(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """These files or folders are about to be changed. reason: `save` (an editor's),
        `overwrite`, `delete`, `move` or `restore`."""

    async def saved(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """These files were written."""

    async def moved(self, project: Project, old: str, new: str) -> None:
        """This file or folder has another path now."""


class PathListener(Protocol):
    """What follows a path that changed (paths relative to the server's root): the ids of files
    and the rooms of open documents."""

    def renamed(self, old: str, new: str) -> None:
        """A file or folder has another path now."""

    def deleted(self, path: str) -> None:
        """A file or folder is in the trash."""


class ProjectService(LoggingConfigurable):
    """Registers folders below the server's root as projects and gives access to their files.

    Projects may lie within one another: a repository and a package in it can both be open.
    """

    max_upload_bytes = Integer(
        2 * 1024**3, min=1, help="The largest file that can be written through the API, in bytes."
    ).tag(config=True)
    clone_timeout_s = Float(3600.0, help="Seconds that a clone may take altogether.").tag(
        config=True
    )
    clone_stall_s = Float(120.0, help="Seconds that git may say nothing at all while cloning.").tag(
        config=True
    )

    def __init__(
        self,
        db: Database,
        root_dir: Path | str,
        hook: SnapshotHook | None = None,
        listener: PathListener | None = None,
        collaboration: CollaborationService | None = None,
        templates: TemplateService | None = None,
        program_of_kernel: ProgramOfKernel = lambda name: None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.root_dir = Path(os.path.realpath(root_dir))
        self.hook = hook
        self.collaboration = collaboration
        self.templates = templates
        self.listener = listener
        self._program_of_kernel = program_of_kernel
        self._registry = Registry(db, self.root_dir)
        self._clones = Clones(self._registry, self.log)
        self.entries = Entries(self)

    async def start(self) -> None:
        """Settle the clones that a crash cut off. Harmless while the database is out of order."""
        try:
            await self._clones.recover()
        except errors.NeoAIError as error:
            self.log.warning("clones were not looked after: %s", error.detail)

    async def stop(self) -> None:
        """End running clones; each leaves nothing behind but its reason."""
        await self._clones.stop()

    # Projects

    async def create(self, wanted: ProjectCreate, *, wait: bool = True) -> Project:
        """Register, make or clone a project.

        With `wait` false a clone, or what is made from a template, goes on in the background,
        and the project's state is `cloning`. Raises Invalid, NotFound (no such folder), Conflict
        (registered already, the folder's name is taken, or a template is not trusted), and for a
        clone BadGateway, GatewayTimeout, StorageFull.
        """
        if wanted.template is not None:
            return await self._scaffold(wanted, wanted.template, wait)
        if wanted.git_url is not None:
            return await self._clone(wanted, wait)
        if wanted.path is None:
            if wanted.name is None:
                raise errors.Invalid("Give a name, a path or a git URL.")
            location, make = await self._new_place(folder_name(wanted.name)), True
        else:
            location, make = await self._place(wanted.path), wanted.create
        await self._registry.refuse_known(location)
        made = await asyncio.to_thread(_prepare, str(self.root_dir), location, make)
        name = wanted.name or location.name or "root"
        try:
            row = await self._registry.add(
                location, name, settings=wanted.settings.as_stored(), state="ready"
            )
        except errors.Conflict:
            raise  # whoever came first needs the folder
        except errors.NeoAIError:
            await asyncio.to_thread(made.undo)
            raise
        return await self._project(row)

    async def _place(self, path: str) -> Path:
        def resolve() -> Path:
            parts = paths.resolve(str(self.root_dir), paths.parse_folder(path))
            parts = casing.as_listed(str(self.root_dir), parts)
            paths.check_new(str(self.root_dir), parts)
            return self.root_dir.joinpath(*parts)

        return await asyncio.to_thread(resolve)

    async def _new_place(self, path: str) -> Path:
        location = await self._place(path)
        if await asyncio.to_thread(os.path.lexists, location):
            raise errors.Conflict(
                f"There is a folder `{location.name}` already: register it by its path, or "
                "choose another name.",
                code="exists",
            )
        return location

    async def _scaffold(
        self, wanted: ProjectCreate, template: str | TemplateChoice, wait: bool
    ) -> Project:
        choice = _template(template) if isinstance(template, str) else template
        if wanted.git_url is not None:
            raise errors.Invalid("Give a template or a git URL, not both.")
        if wanted.path is None and wanted.name is None:
            raise errors.Invalid("Give a name or a path.")
        templates = self.templates
        if templates is None:
            raise errors.Unavailable("This server has no templates.")
        await templates.check(choice)
        location = await self._new_place(wanted.path or folder_name(wanted.name or ""))
        name = wanted.name or location.name

        async def work(workplace: Workplace, report: Report) -> dict[str, Any]:
            made, tasks = await templates.render(
                choice, name, workplace.repository, location, report
            )
            await asyncio.to_thread(workplace.finish)
            try:
                # Only here: what they make, a virtual environment say, may know where it lies.
                await templates.run(tasks, location, report)
            except BaseException:
                await asyncio.shield(asyncio.to_thread(workplace.take_back))
                raise
            return made.model_dump()

        row = await self._clones.begin(work, location, name, wanted.settings.as_stored())
        return await self._begun(row, wait)

    async def _clone(self, wanted: ProjectCreate, wait: bool) -> Project:
        assert wanted.git_url is not None
        source = await asyncio.to_thread(giturl.parse, wanted.git_url, str(self.root_dir))
        location = await self._place(wanted.path or folder_name(wanted.name or source.name))

        async def work(workplace: Workplace, report: Report) -> dict[str, Any]:
            await clone(
                source,
                workplace.repository,
                report,
                timeout_s=self.clone_timeout_s,
                stall_s=self.clone_stall_s,
            )
            await asyncio.to_thread(workplace.finish)
            return {}

        name, settings = wanted.name or source.name, wanted.settings.as_stored()
        row = await self._clones.begin(work, location, name, settings, git_url=source.url)
        return await self._begun(row, wait)

    async def _begun(self, row: ProjectRow, wait: bool) -> Project:
        if not wait:
            return await self._project(row)
        row, outcome = await self._clones.finished(row.id)
        project = await self._project(row)
        project.made = Made(**outcome) if outcome else None
        return project

    async def cancel_clone(self, project_id: str) -> None:
        """End a clone and forget the project; raises Conflict where none is running."""
        await self._registry.get(project_id)
        if not await self._clones.cancel(project_id):
            raise errors.Conflict("This project is not being cloned.", code="not-cloning")

    async def events(self, project_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events of a clone, or of what is made from a template: `progress {phase, percent,
        counts}`, then one of `ready`, `failed` and `cancelled`. A project that is not being made
        has its state as the only event."""
        log = self._clones.log_of(project_id)
        if log is not None:
            return log.follow(after)
        project = await self.get(project_id)
        return _single(Event(1, project.state, project.model_dump(mode="json")), after)

    async def page(
        self, limit: int = 100, cursor: str | None = None, only: Container[str] | None = None
    ) -> Page[Project]:
        """A page of projects, the newest first, of those in `only` where that is given; raises
        BadInput for a strange cursor."""
        after = _position(decode_cursor(cursor)) if cursor is not None else None
        rows = await self._registry.page(limit + 1 if only is None else None, after)
        if only is not None:
            rows = [row for row in rows if row.id in only]
        more = None
        if len(rows) > limit:
            more = encode_cursor([rows[limit - 1].created_at.isoformat(), rows[limit - 1].id])
        return Page[Project](items=await self._projects(rows[:limit]), next_cursor=more)

    async def list_all(self) -> list[Project]:
        """Every project within the server's root."""
        return await self._projects(await self._registry.page())

    async def recent(self) -> list[Project]:
        """As `list_all`, but perhaps as another server left them up to a second ago."""
        return await self._projects(await self._registry.recent_rows())

    async def get(self, project_id: str) -> Project:
        """One project; raises NotFound."""
        return await self._project(await self._registry.get(project_id))

    async def update(self, project_id: str, wanted: ProjectUpdate) -> Project:
        """Change name, trust or settings; raises NotFound."""
        await self._registry.get(project_id)
        values = {
            name: value
            for name in wanted.model_fields_set
            if (value := getattr(wanted, name)) is not None
        }
        if wanted.settings is not None:
            values["settings"] = wanted.settings.as_stored()
        if values:
            await self._registry.change(project_id, **values)
        project = await self.get(project_id)
        if wanted.settings is not None and wanted.settings.interpreter:
            project.warnings = await asyncio.to_thread(
                warnings_about,
                wanted.settings.interpreter,
                self.root_dir / project.path,
                self._program_of_kernel,
            )
        return project

    async def delete(self, project_id: str, *, with_files: bool = False) -> None:
        """Forget a project, and where asked move its folder to the trash.

        A clone that is running is ended. Raises Conflict (`no-trash`, `nested-projects`,
        `server-root`) with both the folder and the project left as they are.
        """
        row = await self._registry.get(project_id)
        if await self._clones.cancel(project_id):
            return
        location = Path(row.location)
        if with_files and row.state == "ready" and await asyncio.to_thread(location.is_dir):
            await self._discard(location)
        await self._registry.remove(project_id)

    async def _discard(self, location: Path) -> None:
        if location == self.root_dir:
            raise errors.Conflict(
                "The server's own folder cannot go to the trash.", code="server-root"
            )
        if len(await self._registry.inside(location)) > 1:
            raise errors.Conflict(
                "Other projects lie within this one: remove them first.", code="nested-projects"
            )

        def discard() -> None:
            with paths.disk_errors(location.name):
                trash.discard(location)

        await asyncio.to_thread(discard)

    async def root(self, project_id: str) -> Path:
        """A project's folder; raises NotFound, and Conflict where it is missing or not ready."""
        location = await self._location(project_id)
        if not await asyncio.to_thread(location.is_dir):
            raise paths.missing_root()
        return location

    async def find(self, path: str) -> Project | None:
        """The deepest project that contains a path relative to the server's root."""
        try:
            real = Path(await asyncio.to_thread(os.path.realpath, self.root_dir / path))
        except ValueError:
            return None
        found = [row for row in await self._registry.page() if real.is_relative_to(row.location)]
        if not found:
            return None
        return await self._project(max(found, key=lambda row: len(row.location)))

    # Files

    async def tree(self, project_id: str, query: TreeQuery) -> bytes:
        """A page of the tree, `{items, next_cursor}` as JSON: it is made in the thread that
        walks, for 50,000 items are too many to be passed through models on the event loop.

        Raises NotFound, Conflict (`not-a-folder`, `project-missing`) and BadInput.
        """
        location = str(await self._location(project_id))
        after = decode_cursor(query.cursor) if query.cursor is not None else None
        if after is not None and not isinstance(after, str):
            raise errors.BadInput("The cursor is not one that this list gave out.")

        def page() -> bytes:
            shown = paths.parse_folder(query.path)
            parts = paths.resolve(location, shown)
            told = ""
            if query.depth == 1 and after is None:
                told = f',"stamp":"{stamp(location, query.path)}"'
            with paths.disk_errors(query.path), paths.folder(location, parts):
                items, last = tree.page(
                    location,
                    "/".join(parts),
                    depth=query.depth,
                    glob=query.glob,
                    limit=query.limit,
                    after=after,
                    ignored=query.ignored,
                    shown="/".join(shown),
                )
            cursor = "null" if last is None else f'"{encode_cursor(last)}"'
            return f'{{"items":[{",".join(items)}],"next_cursor":{cursor}{told}}}'.encode()

        return await asyncio.to_thread(page)

    def walk(self, root: Path, path: str = "") -> Iterator[tuple[str, int, int]]:
        """`(path, size in bytes, mtime in ns)` of each file of a folder that is not ignored.
        Blocks: run it in a thread."""
        return tree.walk(str(root), path)

    async def read(self, project_id: str, path: str) -> Reading:
        """Open a file for reading; the caller closes it."""
        return await asyncio.to_thread(Reading, str(await self._location(project_id)), path)

    async def write(self, project_id: str, path: str) -> Writing:
        """Begin to write a file; the caller writes, and then finishes it with `save` or
        `Writing.abort`."""
        location = str(await self._location(project_id))
        return await asyncio.to_thread(Writing, location, path, limit=self.max_upload_bytes)

    async def save(
        self,
        project_id: str,
        path: str,
        writing: Writing,
        condition: Condition,
        reason: str = "overwrite",
    ) -> FileState:
        """Put what was written in place; raises Stale."""
        await self._tell(project_id, lambda hook, it: hook.changing(it, [path], reason))
        state = await self._through(
            project_id, path, lambda: asyncio.to_thread(writing.commit, condition)
        )
        await self.written(project_id, path, reason)
        return state

    async def _through(self, project_id: str, path: str, commit: Callable[[], Awaitable[T]]) -> T:
        """Write a file that may be open."""
        if self.collaboration is None:
            return await commit()
        served = self._served(await self._location(project_id) / path)
        return await self.collaboration.write(served, commit)

    async def changed_on_disk(self, project_id: str, changed: Sequence[str]) -> None:
        """Bring files that were written by other means into the documents that are open."""
        if self.collaboration is None:
            return
        location = await self._location(project_id)
        for path in changed:
            await self.collaboration.changed(self._served(location / path))

    async def delete_file(self, project_id: str, path: str, condition: Condition) -> None:
        """Move a file or folder to the trash; raises NotFound, Stale, Conflict (`no-trash`)."""
        await self.discard(project_id, path, condition)

    async def discard(
        self, project_id: str, path: str, condition: Condition | None = None
    ) -> Trashed | None:
        """As `delete_file`; returns by what it can be put back, where this system can."""
        location = await self._location(project_id)
        await self._refuse_projects(location, path)
        paths.parse(path)
        await self._tell(project_id, lambda hook, it: hook.changing(it, [path], "delete"))
        trashed = await asyncio.to_thread(
            files.delete, str(location), path, condition or Condition()
        )
        if self.listener is not None:
            self.listener.deleted(self._served(location / path))
        return trashed

    def _served(self, location: Path) -> str:
        return location.relative_to(self.root_dir).as_posix()

    async def _refuse_projects(self, location: Path, path: str) -> None:
        folder = location.joinpath(*paths.parse(path))
        if await self._registry.inside(folder):
            raise errors.Conflict("A project lies there: remove it first.", code="nested-projects")

    async def move(self, project_id: str, source: str, target: str) -> None:
        """Rename a file or folder; projects within it are followed. Raises NotFound, Conflict."""
        location = await self._location(project_id)
        await self._tell(project_id, lambda hook, it: hook.changing(it, [source], "move"))
        await asyncio.to_thread(files.move, str(location), source, target)
        await self._registry.moved(location / source, location / target)
        if self.listener is not None and source != target:
            self.listener.renamed(self._served(location / source), self._served(location / target))
        await self._tell(project_id, lambda hook, it: hook.moved(it, source, target))

    async def written(self, project_id: str, path: str, reason: str = "overwrite") -> None:
        """Let the hook know of a file that is new or was written."""
        await self._tell(project_id, lambda hook, it: hook.saved(it, [path], reason))

    async def _tell(
        self, project_id: str, what: Callable[[SnapshotHook, Project], Awaitable[None]]
    ) -> None:
        """Tell the hook; its failures keep nobody from working."""
        if self.hook is None:
            return
        try:
            await what(self.hook, await self.get(project_id))
        except errors.NeoAIError as error:
            self.log.warning("a change was not recorded: %s", error.detail)
        except Exception:
            self.log.exception("a change was not recorded")

    # Changes that others make below the server's root: Jupyter's own contents API, and rooms

    async def contents_changing(self, path: str, reason: str) -> None:
        """A path relative to the server's root is about to be changed."""
        await self._tell_of(path, lambda hook, it, inner: hook.changing(it, [inner], reason))

    async def contents_saved(self, path: str) -> None:
        """A file, by its path relative to the server's root, was saved by an editor."""
        await self._tell_of(path, lambda hook, it, inner: hook.saved(it, [inner], "save"))

    async def contents_moved(self, old: str, new: str) -> None:
        """A path relative to the server's root was renamed."""

        async def tell(hook: SnapshotHook, project: Project, inner: str) -> None:
            if self._within(project, old):
                await hook.moved(project, self._inner(project, old), inner)

        await self._tell_of(new, tell)

    async def _tell_of(
        self, path: str, what: Callable[[SnapshotHook, Project, str], Awaitable[None]]
    ) -> None:
        if self.hook is None:
            return
        try:
            project = await self.find(path.strip("/"))
        except errors.NeoAIError:
            return
        if project is not None and project.state == "ready" and self._within(project, path):
            inner = self._inner(project, path)
            await self._tell(project.id, lambda hook, it: what(hook, it, inner))

    def _within(self, project: Project, path: str) -> bool:
        return not project.path or path.strip("/").startswith(f"{project.path}/")

    def _inner(self, project: Project, path: str) -> str:
        return path.strip("/").removeprefix(f"{project.path}/" if project.path else "")

    async def _location(self, project_id: str) -> Path:
        row = await self._registry.recent(project_id)
        if row.state == "cloning":
            raise errors.Conflict("The project is still being cloned.", code="cloning")
        if row.state == "failed":
            raise errors.Conflict(row.error or "The clone failed.", code="clone-failed")
        return Path(row.location)

    async def _project(self, row: ProjectRow) -> Project:
        return (await self._projects([row]))[0]

    async def _projects(self, rows: Sequence[ProjectRow]) -> list[Project]:
        there = await asyncio.to_thread(lambda: [Path(row.location).is_dir() for row in rows])
        return [self._model(row, is_there) for row, is_there in zip(rows, there, strict=True)]

    def _model(self, row: ProjectRow, is_there: bool) -> Project:
        relative = Path(row.location).relative_to(self.root_dir).as_posix()
        return Project(
            id=row.id,
            name=row.name,
            path="" if relative == "." else relative,
            trusted=row.trusted,
            settings=row.settings,
            state=row.state,
            missing=row.state == "ready" and not is_there,
            git_url=row.git_url,
            error=row.error,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def _prepare(root: str, location: Path, make: bool) -> paths.OpenFolder:
    """Open the folder, making it where asked; blocks. Raises NotFound, Conflict."""
    parts = location.relative_to(root).parts
    with paths.disk_errors(location.name):
        opened = paths.OpenFolder(root, parts, create=make)
    opened.close()
    return opened


def _position(value: Any) -> tuple[datetime, str]:
    try:
        created_at, project_id = value
        moment = datetime.fromisoformat(created_at).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise errors.BadInput("The cursor is not one that this list gave out.") from None
    if not isinstance(project_id, str) or not project_id.isascii():
        raise errors.BadInput("The cursor is not one that this list gave out.")
    return moment, project_id


async def _single(event: Event, after: int) -> AsyncIterator[Event]:
    if after < event.id:
        yield event


def _template(identity: str) -> TemplateChoice:
    try:
        return TemplateChoice(id=identity)
    except ValidationError:
        raise errors.Invalid("There is no such template.", code="no-template") from None
