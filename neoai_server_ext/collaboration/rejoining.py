"""Rooms in which nothing is doubled when somebody comes back.

A room that is made anew takes its document from the store. Where the store lacks it, or lacks the
last edits, jupyter-collaboration writes the file's content into the document a second time
(its issues #594 and #621): who comes back with the first writing then brings every cell again, as
the CRDT cannot know that the two are one. It even mixes them up where both have the same names,
because it gives whatever it writes first the name 0.

Here who comes back without having seen what was written anew is not simply let in: his side and
the room's are merged as contents, three-way, and the document becomes that in one transaction.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from jupyter_server.utils import ensure_async
from jupyter_server_ydoc.rooms import DocumentRoom
from jupyter_ydoc import YNotebook, YUnicode, ydocs
from pycrdt import Decoder, Doc, YMessageType, YSyncMessageType, read_message

from .edits import apply_edits, line_edits
from .matching import matching_blocks
from .merge import Content, Notebook, merge, named_like

NOTHING = b"\x00\x00"
State = dict[int, int]


@dataclass
class Peer:
    """One who is connected; stale until his side is merged with what he has not seen."""

    stale: bool = False


_peer: ContextVar[Peer] = ContextVar("peer")


class RejoinableRoom(DocumentRoom):
    """A document's room that merges those who come back with an older history."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._elder: Doc[Any] = Doc()
        """What was known before this room wrote, and what those have brought who came back."""
        self._written: State = {}
        """How far this room's own writing had come when it opened, by the writer's name."""
        self._opened_with: Content | None = None
        self._opened_hash: str | None = None
        if self.ystore is not None and isinstance(self._document, (YNotebook, YUnicode)):
            self._remember_what_the_store_has(self.ystore)
            self.on_message = self._meet

    def _remember_what_the_store_has(self, store: Any) -> None:
        apply = store.apply_updates

        async def apply_and_remember(ydoc: Doc[Any]) -> None:
            await apply(ydoc)
            self._elder.apply_update(ydoc.get_update())

        store.apply_updates = apply_and_remember

    async def initialize(self) -> None:
        """As upstream, noting what is written anew."""
        if self.ready:
            return
        await super().initialize()
        known = decode_state(self._elder.get_state())
        now = decode_state(self.ydoc.get_state())
        self._written = {name: clock for name, clock in now.items() if known.get(name, 0) < clock}

    async def _apply_deterministic_source_content(
        self,
        content: Any,
        progressive: bool = False,
        initialized: asyncio.Event | None = None,
        finish: asyncio.Event | None = None,
    ) -> None:
        """As upstream, under a name that only this content has: another content under the same
        name would be taken for the same and tear the document apart."""
        content = with_fixed_ids(content)
        self._opened_with = content if isinstance(content, (str, dict)) else None
        self._opened_hash = await self._file_hash()
        source: Doc[Any] = Doc(client_id=name_of(content))
        document = ydocs.get(self.file_type, ydocs["file"])(source)
        if not progressive:
            await document.aset(content)
            self.ydoc.apply_update(source.get_update())
            return
        watching = source.observe(lambda event: self.ydoc.apply_update(event.update))
        try:
            await document.aset_progressively(
                content,
                initialized=initialized,
                finish=finish,
                delay_outputs_above_mb=self._notebook_output_delay_threshold_mb,
            )
        finally:
            source.unobserve(watching)

    async def _file_hash(self) -> str | None:
        manager = self._file._contents_manager
        model = await ensure_async(manager.get(self._file.path, content=False, require_hash=True))
        found: str | None = model.get("hash")
        return found

    async def serve(self, channel: Any) -> None:
        """Serve one who is connected, in a task of his own."""
        _peer.set(Peer())
        await super().serve(channel)

    async def _meet(self, message: bytes) -> bool:
        """Whether a message is dealt with here. One says first what he has (step 1), then brings
        what we lack (step 2), which includes whatever he said before it."""
        if not self._written or message[0] != YMessageType.SYNC:
            return False
        peer = _peer.get()
        if message[1] == YSyncMessageType.SYNC_STEP1:
            seen = decode_state(read_message(message[2:]))
            peer.stale = any(seen.get(name, 0) < clock for name, clock in self._written.items())
            return False
        if not peer.stale:
            return False
        if message[1] == YSyncMessageType.SYNC_UPDATE:
            return True
        peer.stale = False
        update = read_message(message[2:])
        return update != NOTHING and await self._reunite(update)

    async def _reunite(self, update: bytes) -> bool:
        """Merge what one brings who has not seen all that this room has written."""
        nobody_knew = not decode_state(self._elder.get_state())
        before = self._content_of(self._elder)
        self._elder.apply_update(update)
        theirs = self._content_of(self._elder)
        if before == theirs:
            return False
        base: Content | None = before
        if nobody_knew:
            base = self._opened_with if self._is_unchanged_since(self._elder) else None
        while True:
            mine = content_with_ids(self._document)
            sides = align(base, mine, theirs)
            merged = (await asyncio.to_thread(merge, *sides, "both")).content
            if content_with_ids(self._document) == mine:
                break
        self.log.info("Room %s: merged one who came back with older history", self.room_id)
        with self.ydoc.transaction():
            if len(self.clients) == 1:  # nobody has a cursor in what we wrote: keep what he has
                empty(self._document)
            self.ydoc.apply_update(update)
            if isinstance(self._document, YUnicode) and isinstance(merged, str):
                edits = line_edits(self._document.get(), merged)
                apply_edits(self.ydoc, self._document._ysource, edits)
            else:
                self._document.set(merged)
        return True

    def _is_unchanged_since(self, doc: Doc[Any]) -> bool:
        """Whether the file, of which nobody knew the history, is still what that document was last
        saved as."""
        saved = ydocs.get(self.file_type, ydocs["file"])(copy_of(doc)).hash
        return self._opened_hash is not None and saved == self._opened_hash

    def _content_of(self, doc: Doc[Any]) -> Content:
        return content_with_ids(ydocs.get(self.file_type, ydocs["file"])(copy_of(doc)))


def decode_state(state: bytes) -> State:
    """A Yjs state vector: how much is known of each writer."""
    decoder = Decoder(state)
    return {
        decoder.read_var_uint(): decoder.read_var_uint() for _ in range(decoder.read_var_uint())
    }


def name_of(content: Any) -> int:
    """A writer's name, of 32 bits, for whoever writes this content first."""
    data = json.dumps(content, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big")


def with_fixed_ids(content: Any) -> Any:
    """Cells without an id (notebook format 4.4 and older) get one by place and source, not by
    chance: the same file is to become the same document."""
    if not isinstance(content, dict) or all("id" in cell for cell in content.get("cells", [])):
        return content
    cells = [
        {"id": f"{name_of([place, cell.get('source')]):08x}", **cell}
        for place, cell in enumerate(content["cells"])
    ]
    return {**content, "cells": cells}


def copy_of(doc: Doc[Any]) -> Doc[Any]:
    """A document with the same history."""
    copied: Doc[Any] = Doc()
    copied.apply_update(doc.get_update())
    return copied


def content_with_ids(document: Any) -> Content:
    """A document's content, with the cells' ids also where the file's format has none."""
    if not isinstance(document, YNotebook):
        text: str = document.get()
        return text
    found: Notebook = document.get(deduplicate=False)
    cells: dict[str, dict[str, Any]] = {}
    for cell, ycell in zip(found["cells"], document.ycells, strict=True):
        cell["id"] = str(ycell["id"])
        if cell != cells.get(cell["id"]):  # as when jupyter-collaboration saves: not the same twice
            while cell["id"] in cells:
                cell["id"] += "-"
            cells[cell["id"]] = cell
    return {**found, "cells": list(cells.values())}


def empty(document: Any) -> None:
    """Take all text or cells out of a shared document."""
    shared = document.ycells if isinstance(document, YNotebook) else document._ysource
    shared.clear()


def align(base: Content | None, mine: Content, theirs: Content) -> tuple[Content, Content, Content]:
    """Three sides for a merge. In a notebook whose format has no ids, cells that stand for each
    other get the ids that the one who comes back knows them by. Where nothing is known of what both
    come from, it is what they have in common: so nothing counts as deleted."""
    if isinstance(mine, str) or isinstance(theirs, str):
        assert isinstance(mine, str)
        assert isinstance(theirs, str)
        return common_lines(mine, theirs) if base is None else base, mine, theirs
    if (mine["nbformat"], mine["nbformat_minor"]) <= (4, 4):
        mine = named_like(mine, theirs)
        base = named_like(base, theirs) if isinstance(base, dict) else None
    return base if isinstance(base, dict) else common_cells(mine, theirs), mine, theirs


def common_lines(one: str, other: str) -> str:
    """The lines that two texts have in common, in order."""
    lines = one.splitlines(True)
    blocks = matching_blocks(lines, other.splitlines(True))
    return "".join(line for i, _, size in blocks for line in lines[i : i + size])


def common_cells(one: Notebook, other: Notebook) -> Notebook:
    """The cells that two notebooks have in common, and of each the lines."""
    known = {cell["id"]: cell for cell in other["cells"]}
    cells = [
        {**cell, "source": common_lines(str(cell["source"]), str(known[cell["id"]]["source"]))}
        for cell in one["cells"]
        if cell["id"] in known
    ]
    return {**one, "metadata": {}, "cells": cells}
