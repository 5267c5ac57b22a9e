"""An export on its way: on the local disk, in the parts that are still to be sent. Blocks."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from .. import errors
from ..checkpoints.cipher import Cipher
from ..checkpoints.storage import PART, Part
from ..projects.paths import disk_errors
from .models import Record, StoredPart

NOTE = "record.json"
LOCK = "lock"


class Spool:
    """The folder of one export."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: int | None = None

    def record(self) -> Record | None:
        """What was last saved; None where there is nothing that can be read."""
        try:
            return Record.model_validate_json((self.folder / NOTE).read_bytes())
        except (OSError, ValidationError):
            return None

    def save(self, record: Record) -> None:
        """Note how far it came, all of the note or nothing; raises StorageFull."""
        with disk_errors():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            whole = self.folder / f"{NOTE}.new"
            whole.write_text(record.model_dump_json(), encoding="utf-8")
            whole.replace(self.folder / NOTE)

    def lock(self) -> bool:
        """Take it for this server; False where another one is at work on it."""
        if self._lock is not None:
            return True
        with disk_errors():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._lock = lock
        return True

    def unlock(self) -> None:
        """Leave it to others."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def pack(
        self,
        record: Record,
        blocks: Iterable[bytes],
        cipher: Cipher | None,
        go_on: Callable[[], None],
    ) -> None:
        """Write an archive down in parts and complete its record. `go_on` is asked at every block:
        it raises where this is to end. Raises StorageFull."""
        digest = hashlib.sha256()
        parts: list[StoredPart] = []
        size = 0
        with disk_errors():
            for content in _cut(blocks, go_on):
                digest.update(content)
                size += len(content)
                stored = content if cipher is None else cipher.encrypt(content)
                part = Part.of(stored)
                (self.folder / part.name).write_bytes(stored)
                parts.append(StoredPart(name=part.name, size=part.size))
        record.bytes, record.sha256, record.parts = size, digest.hexdigest(), parts
        record.encrypted, record.packed = cipher is not None, True
        self.save(record)

    def content(self, part: Part) -> bytes:
        """A part that is to be sent; raises Unavailable where the disk has lost it."""
        try:
            stored = (self.folder / part.name).read_bytes()
        except OSError:
            stored = b""
        if Part.of(stored) != part:
            raise errors.Unavailable(
                "A part of the archive that was still to be sent is not on this disk any more. "
                "Start another export.",
                code="export-damaged",
            )
        return stored

    def sent(self, part: Part) -> None:
        """It is there: this disk need not have it any more."""
        (self.folder / part.name).unlink(missing_ok=True)

    def begin(self, record: Record) -> None:
        """Take a new one for this server and note it; raises StorageFull."""
        self.lock()
        self.save(record)

    def settle(self, record: Record) -> None:
        """Leave the note, and the parts where the rest can be sent later."""
        if not record.packed:
            self._drop_parts()
        self.save(record)
        self.unlock()

    def _drop_parts(self) -> None:
        """Give back the space of what will not be sent."""
        for path in list(self.folder.iterdir()) if self.folder.is_dir() else ():
            if path.name not in (NOTE, LOCK):
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Nothing of it is left here."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.unlock()


def _cut(blocks: Iterable[bytes], go_on: Callable[[], None]) -> Iterator[bytes]:
    """The same bytes in parts of one size."""
    waiting = bytearray()
    for block in blocks:
        go_on()
        waiting += block
        while len(waiting) >= PART:
            yield bytes(waiting[:PART])
            del waiting[:PART]
    if waiting:
        yield bytes(waiting)
