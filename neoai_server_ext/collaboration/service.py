"""The one door through which our own services write a file that may be open. Knows no HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from traitlets import Bool
from traitlets.config import LoggingConfigurable

from .. import errors
from .merge import Choice

if TYPE_CHECKING:
    from .rooms import GuardedRoom, Keeper

T = TypeVar("T")


class CollaborationService(LoggingConfigurable):
    """Rooms of open documents, where jupyter-collaboration is loaded; without it nothing is open
    and everything here does nothing."""

    merge_disk_changes = Bool(
        True,
        help="Merge what changes on disk into open documents with unsaved edits. When off, "
        "jupyter-collaboration's own rooms overwrite the edits.",
    ).tag(config=True)

    def __init__(self, rooms: Callable[[], Any | None], bases_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._extension = rooms
        self._bases_dir = bases_dir

    def guard(self, keeper: Keeper | None) -> None:
        """Make the rooms merge, from now on; `keeper` records what is replaced."""
        if not self.merge_disk_changes:
            return
        from .rooms import Bases, install

        install(Bases(self._bases_dir), keeper)

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

    def _rooms(self, path: str) -> list[GuardedRoom]:
        extension = self._extension()
        if extension is None:
            return []
        from .rooms import GuardedRoom

        manager = extension.serverapp.web_app.settings.get("file_id_manager")
        file_id = manager.get_id(path.strip("/")) if manager is not None else None
        return [
            room
            for name, room in extension.ywebsocket_server.rooms.items()
            if isinstance(room, GuardedRoom) and name.rpartition(":")[2] == file_id
        ]
