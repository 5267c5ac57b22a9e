"""Rooms that lose nothing when a file changes on disk while it has unsaved edits.

jupyter-collaboration's own room overwrites the document with the file (its issues #240 and #243).
Ours merges the two, with the content on which they last agreed as base. Where they collide it
neither overwrites nor saves: the document's state says so to every client (`CONFLICT`), the file
keeps the disk's content and the document the people's, until somebody chooses.

jupyter-collaboration has no setting for the class of its rooms, so `install` puts ours in the two
places that make them; nor for that of their files.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.utils import ensure_async
from jupyter_server_ydoc.loaders import FileLoader
from jupyter_server_ydoc.utils import OutOfBandChanges
from jupyter_ydoc import YNotebook, YUnicode

from .chats import mended
from .edits import Edit, apply_edits, line_edits
from .keeper import Keeper
from .merge import Choice, Content, Merged, as_bytes, merge
from .rejoining import RejoinableRoom
from .unsaved import NotSaved, Unsaved, unsaved_because

CONFLICT = "neoai_conflict"
UNSAVED = "neoai_unsaved"
"""The key of a document's state that says why it could not be saved."""
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


class WatchedFile(FileLoader):
    """A file of which each change on disk is noticed before a save writes over it.

    Upstream takes only a later time for a change, but `mv`, `cp -p`, `rsync` and `tar` put older
    files there. And it takes a change for seen before the rooms have: a save that comes in between
    would not find it.
    """

    last_modified: Any
    _current_path: Any

    async def maybe_notify(self) -> None:
        """Tell the rooms of a change; whoever reads the file then has seen it."""
        async with self._lock:
            path, seen = self.path, self.last_modified
            moved = self._current_path != path
            self._current_path = path
            model = await ensure_async(self._contents_manager.get(path, content=False))
        if moved:
            for follow in self._filepath_subscriptions.values():
                await ensure_async(follow())
        if seen is None or seen == model["last_modified"]:
            self.last_modified = self.last_modified or model["last_modified"]
            return
        for notify in list(self._subscriptions.values()):
            await notify()
        if self.last_modified == seen:  # it cannot be read: the next save replaces it
            self.last_modified = model["last_modified"]


class GuardedFile:
    """A room's way to its file: what collides is merged before it is saved."""

    def __init__(self, file: FileLoader, room: GuardedRoom) -> None:
        self._file = file
        self._room = room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    async def maybe_save_content(self, model: dict[str, Any]) -> dict[str, Any] | None:
        """Save, after merging with what is on disk by now; None while a conflict is open. Whatever
        keeps it from being saved is in the document's state until it is."""
        try:
            saved = await self._save(model)
        except Exception as error:
            self._room.say_unsaved(unsaved_because(error))
            raise
        if saved is not None:
            self._room.say_unsaved(None)
        return saved

    async def _save(self, model: dict[str, Any]) -> dict[str, Any] | None:
        async with self._room.in_step:
            for _ in range(ATTEMPTS):
                if self._room.conflict and not await self._room.merge_disk():
                    return None
                model = {**model, "content": await self._room.content()}
                try:
                    saved = await self._written(model)
                except OutOfBandChanges:
                    await self._room.merge_disk()
                    continue
                if saved is None:  # upstream leaves a file alone that may not be written
                    raise NotSaved("The file is read-only.")
                await self._room.agree(model["content"])
                return saved
        raise NotSaved("The file changes on disk all the time.")

    async def _written(self, model: dict[str, Any]) -> dict[str, Any] | None:
        """What upstream's writing gives: None for a file that may not be written, and for that
        alone. Cancelled itself, it would give None too, though it writes to the end: the next
        edit's save cancels one that is under way. Then CancelledError comes once that is done."""
        writing: asyncio.Task[dict[str, Any] | None] = asyncio.create_task(
            self._file.maybe_save_content(dict(model))
        )
        cancelled: asyncio.CancelledError | None = None
        while not writing.done():
            try:
                await asyncio.wait([writing])
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is None:
            return writing.result()
        if writing.exception() is None and writing.result() is not None:
            await self._room.agree(model["content"])
        raise cancelled


class GuardedRoom(RejoinableRoom):
    """A document's room."""

    bases: Bases | None = None
    keeper: Keeper | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._file: Any = GuardedFile(self._file, self)
        self._base: Content | None = None
        self._missed = False
        self._is_mended = False
        self.in_step = asyncio.Lock()
        """Held while the file is read and merged, or compared and written: in between, a save would
        take the disk's new content for one that it has seen."""
        self._saving_document: asyncio.Task[None] | None = None

    @property
    def conflict(self) -> bool:
        """Whether somebody has to choose."""
        return self._document.ystate.get(CONFLICT) is not None

    def say_unsaved(self, why: Unsaved | None) -> None:
        """Tell everybody why the document is not saved, or that it is."""
        state = self._document.ystate
        if why is not None:
            self._document.dirty = True
            if state.get(UNSAVED) != why:
                state[UNSAVED] = why
        elif state.get(UNSAVED) is not None:
            del state[UNSAVED]

    def _save_to_disc(self) -> asyncio.Task[None] | None:
        """As upstream, but whoever waits for it hears of a failure: a page would take the document
        for saved otherwise."""
        saving = super()._save_to_disc()
        return None if saving is None else asyncio.create_task(self._saved(saving))

    async def _saved(self, saving: asyncio.Task[None]) -> None:
        await saving
        if self.conflict or self._document.ystate.get(UNSAVED) is not None:
            raise NotSaved("The document differs from its file.")

    @property
    def _merges(self) -> bool:
        """Whether two contents can be merged; of a chat the room's stays, where it has changed."""
        return isinstance(self._document, (YNotebook, YUnicode))

    @property
    def base(self) -> Content | None:
        """On what document and file last agreed."""
        return self._base

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
            self.say_unsaved(None)
            if self._is_mended:
                self._document.dirty = True
                self._save(now=True)
        elif not self.conflict and await self.content() != self._base:
            self._document.dirty = True
            self._save()
        if self._missed:
            self._missed = False
            await self._on_outofband_change()

    async def _apply_deterministic_source_content(
        self, content: Any, *progressively: Any, **how: Any
    ) -> None:
        """As upstream, but a chat that was written by halves is opened as what it still says, and
        what is damaged is kept as a version."""
        whole = content
        if not self._merges and isinstance(content, str):
            whole = mended(content)
        self._is_mended = whole != content
        if self._is_mended and self.keeper is not None:
            await self.keeper.keep(self._file.path, as_bytes(content))
        await super()._apply_deterministic_source_content(whole, *progressively, **how)

    def _on_document_change(self, target: str, event: Any) -> None:
        """As upstream, but what is said about the document (its path, its room's id) is no edit: a
        file that is only opened is not written again, with a new time, a second later."""
        if target != "state":
            super()._on_document_change(target, event)

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
        """Merge a content of the file into the document. Where somebody types meanwhile it is
        merged again: what is replaced is what was merged, and nothing that came later."""
        kept = False
        for attempt in range(ATTEMPTS):
            at_last = attempt == ATTEMPTS - 1
            mine = self._document.get() if at_last else await self.content()
            work = partial(self._merged, mine, disk, choice)
            merged, conflicts, edits = work() if at_last else await asyncio.to_thread(work)
            replaces = not conflicts and merged != mine
            loses = mine if replaces else disk if not self._merges and merged != disk else None
            if loses is not None and self.keeper is not None and not kept and not at_last:
                await self.keeper.keep(self._file.path, as_bytes(loses))
                kept = True
            if self._document.get() == mine:
                break
        if conflicts:
            if self._document.ystate.get(CONFLICT) != conflicts:
                self._document.ystate[CONFLICT] = conflicts
            self._document.dirty = True
            return False
        if replaces:
            self._replace(merged, edits)
        if self.conflict:
            del self._document.ystate[CONFLICT]
        self._document.dirty = merged != disk
        if merged == disk:
            self.say_unsaved(None)
        await self.agree(disk)
        return True

    def _merged(
        self, mine: Content, disk: Content, choice: Choice | None
    ) -> tuple[Content, int, list[Edit]]:
        """What both sides come to, in how many places they collide, and the edits that make the one
        text of the other. Blocks."""
        if not self._merges and isinstance(disk, str) and isinstance(mine, str):
            whole = mended(disk, mine)
            if whole != disk:
                return whole, 0, []  # a chat that was written by halves
        if mine == disk or self._base is None or self._base == mine:
            found = Merged(disk)
        elif not self._merges:
            found = Merged(mine)
        else:
            found = merge(self._base, mine, disk, choice)
        edits: list[Edit] = []
        if isinstance(found.content, str) and isinstance(mine, str):
            edits = line_edits(mine, found.content)
        return found.content, 0 if choice else found.conflicts, edits

    def _replace(self, merged: Content, edits: list[Edit]) -> None:
        if isinstance(self._document, YUnicode):
            apply_edits(self.ydoc, self._document._ysource, edits)
        else:
            self._document.set(merged)

    def _save(self, *, now: bool = False) -> None:
        """As after an edit, or at once."""
        self._saving_document = asyncio.create_task(
            self._maybe_save_document(self._saving_document, save_now=now)
        )


def install(bases: Bases, keeper: Keeper | None) -> None:
    """Make jupyter-collaboration's rooms ours, from now on and in this process."""
    from jupyter_server_ydoc import app, handlers, loaders

    room = type("Room", (GuardedRoom,), {"bases": bases, "keeper": keeper})
    for module in (app, handlers):
        module.DocumentRoom = room
    loaders.FileLoader = WatchedFile
