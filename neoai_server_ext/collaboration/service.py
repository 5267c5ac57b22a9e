"""The one door through which our own services write a file that may be open. Knows no HTTP."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from traitlets import Bool
from traitlets.config import LoggingConfigurable

from .. import errors
from .keeper import Keeper
from .merge import Choice, Content, Merged, as_bytes, comparable, merge

if TYPE_CHECKING:
    from .rooms import GuardedRoom

T = TypeVar("T")


class CollaborationService(LoggingConfigurable):
    """Rooms of open documents, where jupyter-collaboration is loaded; without it nothing is open
    and everything here does nothing."""

    merge_disk_changes = Bool(
        True,
        help="Merge what changes on disk into open documents with unsaved edits. When off, "
        "jupyter-collaboration's own rooms overwrite the edits, and without rooms JupyterLab asks "
        "which side to lose.",
    ).tag(config=True)

    def __init__(self, rooms: Callable[[], Any | None], bases_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._extension = rooms
        self._bases_dir = bases_dir
        self.keeper: Keeper | None = None

    def guard(self) -> None:
        """Make the rooms merge, from now on; `keeper` records what is replaced."""
        if not self.merge_disk_changes:
            return
        from .rooms import Bases, install

        install(Bases(self._bases_dir), self.keeper)

    async def write(self, path: str, commit: Callable[[], Awaitable[T]]) -> T:
        """Let `commit` write the file at `path` (relative to the server's root) to the disk, and
        bring that into the document at once where it is open: unsaved edits are merged with it."""
        result = await commit()
        await self.changed(path)
        return result

    async def changed(self, path: str) -> None:
        """The file at `path` was written by us."""
        for room in self._rooms(path):
            await room._on_outofband_change()

    async def save_all(self) -> list[str]:
        """Save every open document that differs from its file; the paths of those that could not
        be saved."""
        extension = self._extension()
        if extension is None:
            return []
        from jupyter_server_ydoc.rooms import DocumentRoom

        from .flushing import flush

        rooms = extension.ywebsocket_server.rooms.values()
        documents = [room for room in rooms if isinstance(room, DocumentRoom)]
        failed = await asyncio.gather(*(flush(room) for room in documents))
        return [path for path in failed if path is not None]

    def is_open(self, path: str) -> bool:
        """Whether somebody has the file at `path` open in a room."""
        return bool(self._rooms(path))

    async def resolve(self, path: str, choice: Choice) -> None:
        """End a document's conflict: where its edits and the file collide, `choice` decides.
        Raises NotFound where it is not open, Conflict (`no-conflict`) where nothing collides."""
        rooms = self._rooms(path)
        if not rooms:
            raise errors.NotFound(f"`{path}` is not open in a room.")
        pending = [room for room in rooms if room.conflict]
        if not pending:
            raise errors.Conflict("Nothing collides (any more).", code="no-conflict")
        for room in pending:
            await room.reconcile(choice)

    async def merge(
        self, path: str, base: Content, mine: Content, disk: Content, choice: Choice | None
    ) -> Merged:
        """Merge a document that no room holds. Where that replaces edits they are kept as a version
        of the file at `path`. Raises BadInput (no notebook, or not three of a kind), Unavailable
        (git is missing, or takes too long), Conflict (`merging-off`)."""
        if not self.merge_disk_changes:
            raise errors.Conflict(
                "Merging is switched off (c.CollaborationService.merge_disk_changes).",
                code="merging-off",
            )
        if len({type(content) for content in (base, mine, disk)}) != 1:
            raise errors.BadInput("The three contents must be of one kind.")
        try:
            merged = await asyncio.to_thread(_merge, base, mine, disk, choice)
        except (OSError, subprocess.SubprocessError) as error:
            raise errors.Unavailable(f"Git could not merge this: {error}") from error
        if self.keeper is not None and (choice or not merged.conflicts):
            await self.keeper.keep(path.strip("/"), await asyncio.to_thread(as_bytes, mine))
        return merged

    def _rooms(self, path: str) -> list[GuardedRoom]:
        extension = self._extension()
        if extension is None:
            return []
        from .rooms import GuardedRoom

        try:
            path.encode()
        except UnicodeEncodeError:
            return []  # Jupyter opens nothing under a name that is not UTF-8
        manager = extension.serverapp.web_app.settings.get("file_id_manager")
        file_id = manager.get_id(path.strip("/")) if manager is not None else None
        return [
            room
            for name, room in extension.ywebsocket_server.rooms.items()
            if isinstance(room, GuardedRoom) and name.rpartition(":")[2] == file_id
        ]


def _merge(base: Content, mine: Content, disk: Content, choice: Choice | None) -> Merged:
    if isinstance(base, dict) and isinstance(mine, dict) and isinstance(disk, dict):
        base, mine, disk = comparable(base), comparable(mine), comparable(disk)
    return merge(base, mine, disk, choice)
