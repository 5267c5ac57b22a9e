"""What the project's tree does with entries beyond reading and writing: new folders, copies, the
way back from the trash, and a cheap answer to "has anything changed?"."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import errors
from . import copying, head, ignore, paths, trash, zips
from .changes import Changes, changes
from .files import locked
from .paths import disk_errors
from .trash import Trashed

if TYPE_CHECKING:
    from .service import ProjectService

MAX_STAMPS = 500


class Entries:
    """The entries of projects' trees."""

    def __init__(self, projects: ProjectService) -> None:
        self._projects = projects

    async def make_folder(self, project_id: str, path: str) -> None:
        """Make a folder, and its parents; raises Conflict (`exists`), Invalid for its name."""
        root = str(await self._projects.root(project_id))
        await asyncio.to_thread(_make_folder, root, path)
        await self._projects.written(project_id, path)

    async def copy(self, project_id: str, source: str, target: str) -> None:
        """Copy a file or folder; never over something else (Conflict, `exists`)."""
        root = str(await self._projects.root(project_id))
        await asyncio.to_thread(copying.copy, root, source, target)
        await self._projects.written(project_id, target)

    async def restore(self, project_id: str, trash_id: str, target: str | None = None) -> str:
        """Put back what went to the trash; returns where it is now.

        Raises NotFound (`not-in-trash`) where it is not there any more, and Conflict (`exists`)
        where its place is taken: name another one, or move away what is there.
        """
        root = await self._projects.root(project_id)
        trashed = Trashed.of(trash_id)
        path = await asyncio.to_thread(_restore, root, trashed, target)
        await self._projects.written(project_id, path)
        return path

    async def export(
        self,
        project_id: str,
        path: str = "",
        *,
        ignored: bool = False,
        told: zips.Told | None = None,
    ) -> tuple[str, Iterator[bytes]]:
        """A name for the archive of a folder, and its blocks, to be had in a thread."""
        root = str(await self._projects.root(project_id))
        project = await self._projects.get(project_id)

        def parts() -> paths.Parts:
            found = paths.resolve(root, paths.parse_folder(path))
            with disk_errors(path), paths.folder(root, found):
                return found

        inner = await asyncio.to_thread(parts)
        blocks = zips.zipped(root, "/".join(inner), ignored=ignored, told=told)
        return (inner[-1] if inner else project.name), blocks

    async def unpack(
        self, project_id: str, path: str, target: str, *, remove: bool, chats: bool = True
    ) -> int:
        """Unpack a zip archive of the project into a new folder; returns how many files it gave.

        With `remove` the archive goes afterwards, for good: it was only uploaded for this. Without
        `chats` those in it are left out."""
        root = str(await self._projects.root(project_id))
        limit = self._projects.max_upload_bytes

        def work() -> int:
            count = zips.unpack(root, path, target, limit=limit, chats=chats)
            if remove:
                parts = paths.resolve_entry(root, paths.parse(path))
                with disk_errors(path), paths.folder(root, parts[:-1]) as folder:
                    os.unlink(parts[-1], dir_fd=folder)
            return count

        count = await asyncio.to_thread(work)
        await self._projects.written(project_id, target)
        return count

    async def committed(self, project_id: str, path: str) -> head.Committed:
        """A file as the last commit of its git repository has it; raises NotFound (also
        `no-repository`, `no-commit`, `not-in-head`), Conflict (`git-refused`), TooLarge,
        Unavailable (`no-git`)."""
        root = str(await self._projects.root(project_id))
        project = await self._projects.get(project_id)
        return await asyncio.to_thread(head.committed, root, path, trusted=project.trusted)

    async def changes(self, project_id: str, hidden: Sequence[str] = ()) -> Changes:
        """What has changed in a project since the last commit, without the hidden folders; raises
        NotFound (also `no-repository`), Conflict (`git-refused`), Unavailable (`no-git`)."""
        root = str(await self._projects.root(project_id))
        project = await self._projects.get(project_id)
        return await asyncio.to_thread(changes, root, trusted=project.trusted, hidden=hidden)

    async def stamps(self, project_id: str, folders: list[str]) -> dict[str, str | None]:
        """How folders are now, each of them by a stamp; raises Invalid for too many."""
        if len(folders) > MAX_STAMPS:
            raise errors.Invalid(f"Ask for {MAX_STAMPS} folders at the most.")
        root = str(await self._projects.root(project_id))
        return await asyncio.to_thread(lambda: {path: stamp(root, path) for path in folders})


def _make_folder(root: str, path: str) -> None:
    parts = paths.resolve_entry(root, paths.parse(path))
    paths.check_new(root, parts)
    with disk_errors(path):
        parent = paths.OpenFolder(root, parts[:-1], create=True)
        try:
            os.mkdir(parts[-1], dir_fd=parent.fd)
        except BaseException:
            parent.undo()
            raise
        finally:
            parent.close()


def _restore(root: Path, trashed: Trashed, target: str | None) -> str:
    origin = trash.origin_of(trashed, root)
    path = "/".join(origin) if target is None else target
    parts = paths.resolve_entry(str(root), paths.parse(path))
    if target is not None:
        paths.check_new(str(root), parts)
    with disk_errors(path):
        parent = paths.OpenFolder(str(root), parts[:-1], create=True)
        try:
            with locked(parent.fd):
                trash.put_back(trashed, parent.fd, parts[-1])
            os.fsync(parent.fd)
        except BaseException:
            parent.undo()
            raise
        finally:
            parent.close()
    return path


def stamp(root: str, path: str) -> str | None:
    """The times of the folder and of the ignore file in it; None where there is no folder."""
    try:
        parts = paths.resolve(root, paths.parse_folder(path))
        folder = Path(root, *parts)
        found = folder.stat()
        with os.scandir(folder):
            pass
    except (OSError, errors.NeoAIError):
        return None
    try:
        rules = (folder / ignore.FILE).stat().st_mtime_ns
    except OSError:
        rules = 0
    return f"{found.st_ino:x}-{found.st_mtime_ns:x}-{rules:x}"
