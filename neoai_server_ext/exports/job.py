"""One export that is being made here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Literal

from .. import errors
from ..checkpoints.cipher import Cipher
from ..events import EventLog
from .archives import Archives
from .models import Export, Record
from .spool import Spool

Ending = Literal["cancel", "stop"]


class Job:
    """Its record, how far it is, and its events. `pack` and `send` block: they run in a thread."""

    def __init__(self, record: Record, spool: Spool) -> None:
        self.record = record
        self.spool = spool
        self.task: asyncio.Task[None] | None = None
        self.ending: Ending | None = None
        self.events = EventLog()
        self._loop = asyncio.get_running_loop()
        self._progress = 0.5 if record.packed else 0.0
        self._told = 0.0

    def shown(self) -> Export:
        """As the API tells it."""
        return self.record.shown(self._progress)

    def end(self, why: Ending) -> None:
        """Let it end at the next block or part."""
        self.ending = why

    def go_on(self) -> None:
        """Raises Conflict where it is to end."""
        if self.ending is not None:
            raise errors.Conflict("The export was ended.", code="ended")

    def packing(self, done: int, total: int) -> None:
        """So many bytes of the files are packed."""
        self._tell(0.5 * min(1.0, done / total) if total else 0.5)

    def pack(self, blocks: Iterator[bytes], cipher: Cipher | None) -> None:
        """Write the archive down in parts."""
        self.spool.pack(self.record, blocks, cipher, self.go_on)

    def send(self, archives: Archives) -> None:
        """Send what is not there yet."""
        total = sum(part.size for part in self.record.parts)

        def told(done: int) -> None:
            self._tell(0.5 + 0.5 * done / total)
            self.go_on()

        self.go_on()
        archives.send(self.record, self.spool, told)

    def _tell(self, progress: float) -> None:
        self._progress = progress
        if progress - self._told >= 0.01:
            self._told = progress
            self._loop.call_soon_threadsafe(self._append, round(progress, 3))

    def _append(self, progress: float) -> None:
        if not self.events.closed:
            self.events.append("progress", {"progress": progress})

    def close(self) -> None:
        """The last event: what has become of it."""
        if not self.events.closed:
            if self.record.state != "running":
                self.events.append(self.record.state, self.shown().model_dump(mode="json"))
            self.events.close()
