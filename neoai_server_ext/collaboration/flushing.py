"""Saving what rooms hold back: they wait for a pause in typing, and a server that ends waits for
nothing."""

from __future__ import annotations

import asyncio
from typing import Any

from .rooms import GuardedRoom

ATTEMPTS = 20
AGAIN_S = 0.05


async def flush(room: Any) -> str | None:
    """Save a document's room now if it differs from its file; its path where that failed."""
    if not room.ready or not await _differs(room):
        return None
    for _ in range(ATTEMPTS):
        begun = room._save_to_disc()
        if begun is not None:
            break
        await asyncio.sleep(AGAIN_S)  # it takes something over from the disk
    else:
        return str(room._file.path)
    try:
        await begun
    except Exception as error:
        room.log.warning("room %s was not saved: %r", room.room_id, error)
        return str(room._file.path)
    return str(room._file.path) if room._document.dirty else None


async def _differs(room: Any) -> bool:
    saving = room._saving_document
    if room._document.dirty or (saving is not None and not saving.done()):
        return True
    # Where nobody has autosave on, nothing waits to be saved, and not every client sets the mark.
    return isinstance(room, GuardedRoom) and await room.content() != room.base
