"""Calls are written down here before they are made, and folded into the database later.

One file of JSON lines for each process, locked as long as it lives. An append takes microseconds
and outlives a killed process, so a call costs its reply no time, a database that is locked or full
costs no call, and none is counted twice: each has an id.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
SUFFIX = ".jsonl"


class Journal:
    """This process's file in `folder`, made when the first record comes. Everything blocks, but
    `append` for microseconds only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path: Path | None = None
        self._descriptor = -1
        self._folded = 0

    def append(self, record: Record) -> None:
        """Write a record; raises OSError."""
        if self._path is None:
            self._open()
        line = json.dumps(record, separators=(",", ":")).encode() + b"\n"
        size = os.fstat(self._descriptor).st_size
        if os.write(self._descriptor, line) != len(line):
            os.ftruncate(self._descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / f"{os.getpid()}-{secrets.token_hex(8)}{SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._path, self._folded = path, 0

    def unfolded(self) -> tuple[list[Record], int]:
        """What was appended since `folded`, and the size to give to it."""
        if self._path is None:
            return [], 0
        size = os.fstat(self._descriptor).st_size
        raw = os.pread(self._descriptor, size - self._folded, self._folded)
        whole = raw[: raw.rfind(b"\n") + 1]
        return list(_records(whole)), self._folded + len(whole)

    def folded(self, size: int) -> None:
        """All up to `size` is in the database."""
        self._folded = size

    def retire(self) -> None:
        """Begin a new file where all of this one is in the database."""
        if self._path is not None and os.fstat(self._descriptor).st_size == self._folded:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._path, self._descriptor = None, -1

    def close(self) -> None:
        """Let another process fold what is left."""
        if self._path is not None:
            os.close(self._descriptor)
            self._path, self._descriptor = None, -1

    def others(self) -> int:
        """How many files there are of other processes, gone or not."""
        return sum(path != self._path for path in self._folder.glob(f"*{SUFFIX}"))

    def abandoned(self) -> Iterator[tuple[Path, list[Record]]]:
        """The files of processes that are gone, each locked until the next is asked for."""
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            if path == self._path:
                continue
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                continue
            try:
                yield path, list(_records(path.read_bytes()))
            except OSError:
                continue
            finally:
                os.close(descriptor)


def _records(raw: bytes) -> Iterator[Record]:
    for line in raw.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # the last one of a process that was killed, or of a full disk
        if isinstance(record, dict) and isinstance(record.get("id"), str):
            yield record
