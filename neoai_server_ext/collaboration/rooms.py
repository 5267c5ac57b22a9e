"""Rooms that lose nothing when a file changes on disk while it has unsaved edits.

jupyter-collaboration's own room overwrites the document with the file (its issues #240 and #243).
Ours merges the two, with the content on which they last agreed as base. Where they collide it
neither overwrites nor saves: the document's state says so to every client (`CONFLICT`), the file
keeps the disk's content and the document the people's, until somebody chooses.

jupyter-collaboration has no setting for the class of its rooms, so `install` puts ours in the two
places that make them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from jupyter_server_ydoc.loaders import FileLoader
from jupyter_server_ydoc.utils import OutOfBandChanges

from .keeper import Keeper
from .merge import Choice, Content, as_bytes, merge
from .rejoining import RejoinableRoom

CONFLICT = "neoai_conflict"
ATTEMPTS = 20
MAX_BASE = 20 << 20


class Bases:
    """The contents on which documents and files last agreed, kept over a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, room_id: str) -> Path:
        name = hashlib.sha1(room_id.encode(), usedforsecurity=False).hexdigest()
        return self._folder / f"{name}.json"

    def read(self, room_id: str) -> Content | None:
        """None where nothing is known. Blocks."""
        try:
            found = json.loads(self._path(room_id).read_bytes())
        except (OSError, ValueError):
            return None
        return found if isinstance(found, (str, dict)) else None

    def write(self, room_id: str, content: Content) -> None:
        """Note an agreement; a large one is forgotten instead. Blocks."""
        path = self._path(room_id)
        data = json.dumps(content).encode()
        with contextlib.suppress(OSError):
            if len(data) > MAX_BASE:
                path.unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_suffix(".tmp")
            temporary.write_bytes(data)
            temporary.replace(path)


class GuardedFile:
    """A room's way to its file: what collides is merged before it is saved."""

    def __init__(self, file: FileLoader, room: GuardedRoom) -> None:
        self._file = file
        self._room = room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    async def maybe_save_content(self, model: dict[str, Any]) -> dict[str, Any] | None:
        """Save, after merging with what is on disk by now; None while a conflict is open."""
        async with self._room.in_step:
            for _ in range(ATTEMPTS):
                if self._room.conflict and not await self._room.merge_disk():
                    return None
                model = {**model, "content": await self._room.content()}
                try:
                    saved: dict[str, Any] | None = await self._file.maybe_save_content(dict(model))
                except OutOfBandChanges:
                    await self._room.merge_disk()
                    continue
                if saved is not None:
                    await self._room.agree(model["content"])
                return saved
        raise OutOfBandChanges


class GuardedRoom(RejoinableRoom):
    """A document's room."""

    bases: Bases | None = None
    keeper: Keeper | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._file: Any = GuardedFile(self._file, self)
        self._base: Content | None = None
        self._missed = False
        self.in_step = asyncio.Lock()
        """Held while the file is read and merged, or compared and written: in between, a save would
        take the disk's new content for one that it has seen."""
        self._saving_document: asyncio.Task[None] | None = None

    @property
    def conflict(self) -> bool:
        """Whether somebody has to choose."""
        return self._document.ystate.get(CONFLICT) is not None

    async def content(self) -> Content:
        """The document as it is."""
        found: Content = await self._document.aget()
        return found

    async def agree(self, content: Content) -> None:
        """Document and file have this content."""
        self._base = content
        if self.bases is not None:
            await asyncio.to_thread(self.bases.write, self.room_id, content)

    async def initialize(self) -> None:
        """As upstream, but edits that the store has and the file has not are merged in."""
        if self.ready:
            return
        if self.bases is not None:
            self._base = await asyncio.to_thread(self.bases.read, self.room_id)
        waiting: list[Content] = []

        async def merge_instead(disk: Content) -> None:
            waiting.append(disk)
            await self._bring_in(disk)

        self._document.aset = merge_instead
        try:
            await super().initialize()
        finally:
            del self._document.aset
        if not waiting:
            await self.agree(await self.content())
        elif not self.conflict:
            self._save()
        if self._missed:
            self._missed = False
            await self._on_outofband_change()

    async def _on_outofband_change(self) -> None:
        if not self.ready:
            self._missed = True
            return
        try:
            await self.reconcile()
        except Exception as error:
            self.log.error("the file of room %s could not be read: %r", self.room_id, error)

    async def reconcile(self, choice: Choice | None = None) -> bool:
        """Merge what is on disk into the document; whether nothing collides (any more)."""
        async with self.in_step:
            settled = await self.merge_disk(choice)
        if settled and await self.content() != self._base:
            self._save(now=choice is not None)
        return settled

    async def merge_disk(self, choice: Choice | None = None) -> bool:
        """As `reconcile`, for whoever holds `in_step`; what is merged is not saved yet."""
        model = await self._file.load_content(self.file_format, self.file_type)
        async with self._update_lock:
            return await self._bring_in(model["content"], choice)

    async def _bring_in(self, disk: Content, choice: Choice | None = None) -> bool:
        for _ in range(ATTEMPTS):
            mine = await self.content()
            if mine == disk or self._base is None or self._base == mine:
                merged, conflicts = disk, 0
            else:
                found = await asyncio.to_thread(merge, self._base, mine, disk, choice)
                merged, conflicts = found.content, 0 if choice else found.conflicts
            if await self.content() == mine:
                break
        if conflicts:
            if self._document.ystate.get(CONFLICT) != conflicts:
                self._document.ystate[CONFLICT] = conflicts
            self._document.dirty = True
            return False
        await self._replace(mine, merged)
        if self.conflict:
            del self._document.ystate[CONFLICT]
        self._document.dirty = merged != disk
        await self.agree(disk)
        return True

    async def _replace(self, mine: Content, merged: Content) -> None:
        if mine == merged:
            return
        if self.keeper is not None:
            await self.keeper.keep(self._file.path, as_bytes(mine))
        if isinstance(merged, str) and isinstance(mine, str):
            edit_lines(self.ydoc, self._document._ysource, mine, merged)
        else:
            await type(self._document).aset(self._document, merged)

    def _save(self, *, now: bool = False) -> None:
        """As after an edit, or at once."""
        self._saving_document = asyncio.create_task(
            self._maybe_save_document(self._saving_document, save_now=now)
        )


def edit_lines(doc: Any, text: Any, old: str, new: str) -> None:
    """Turn a shared text from `old` into `new` by edits of whole lines, so that cursors and the
    undo of everybody else stay. pycrdt counts in UTF-8 bytes."""
    before, after = old.encode().splitlines(True), new.encode().splitlines(True)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    with doc.transaction():
        for tag, i1, i2, j1, j2 in reversed(matcher.get_opcodes()):
            if tag == "equal":
                continue
            if i2 > i1:
                del text[starts[i1] : starts[i2]]
            if j2 > j1:
                text.insert(starts[i1], b"".join(after[j1:j2]).decode())


def install(bases: Bases, keeper: Keeper | None) -> None:
    """Make jupyter-collaboration's rooms ours, from now on and in this process."""
    from jupyter_server_ydoc import app, handlers

    room = type("Room", (GuardedRoom,), {"bases": bases, "keeper": keeper})
    for module in (app, handlers):
        module.DocumentRoom = room
