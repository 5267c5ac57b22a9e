"""The SQLite file of an index: opened, checked, and made anew, by several servers at once too.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TIMEOUT_S = 30.0
DAMAGED = (
    "no such table",
    "no such fts5 table",
    "no such column",
    "malformed",
    "disk i/o",
    "vtable constructor failed",
)
TABLE = re.compile(r"CREATE (?:VIRTUAL )?TABLE IF NOT EXISTS (\w+)")


class Damaged(sqlite3.DatabaseError):
    """The file is no index of this version that can be read: it must be made anew."""


class IndexFile:
    """An index's file at `path`. A lock beside it keeps one server from deleting what another
    has open: SQLite would take the old log for the new file's.

    schema: statements that make the tables where there are none yet; version: theirs; check: a
    statement that fails where they do not agree.
    """

    def __init__(self, path: Path, schema: str, version: int, check: str) -> None:
        self.path = path
        self._schema = schema
        self._version = version
        self._check = check

    @property
    def exists(self) -> bool:
        """Whether there is an index at all."""
        return self.path.exists()

    def bytes(self) -> int:
        """How much of the disk it takes."""
        return sum(size for size in map(_size, self._files()))

    def check(self) -> None:
        """Read all of it; raises Damaged. One that is not there is sound."""
        if self.exists:
            with self.connected() as connection:
                self._checked(connection)

    def delete(self, *, if_damaged: bool = False) -> None:
        """Remove it from the disk once nobody has it open; with `if_damaged`, only where no other
        server has made it anew in the meantime."""
        with self._locked(fcntl.LOCK_EX):
            if if_damaged:
                with suppress(Damaged), self._opened(create=False) as connection:
                    self._checked(connection)
                    return
            for file in self._files():
                file.unlink(missing_ok=True)

    @contextmanager
    def connected(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection; raises Damaged, also for what is done with it."""
        if create:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(fcntl.LOCK_SH), self._opened(create=create) as connection:
            yield connection

    @contextmanager
    def _opened(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        if not create and not self.exists:
            raise Damaged("there is no index")
        connection = self._connect(create)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != self._version:
                if version or not create:
                    raise Damaged("the index is of another version")
                # In one piece, and harmless where another server was first.
                connection.executescript(
                    f"BEGIN IMMEDIATE; {self._schema};"
                    f" PRAGMA user_version = {self._version}; COMMIT;"
                )
            if create:
                # Kept by the file; where another server has it open just now, that one does it.
                with suppress(sqlite3.OperationalError):
                    connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _damaged(error):
                raise
            raise Damaged(str(error)) from error
        finally:
            connection.close()

    def _checked(self, connection: sqlite3.Connection) -> None:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise Damaged(said)
        there = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        missing = set(TABLE.findall(self._schema)) - {name for (name,) in there}
        if missing:
            raise Damaged(f"no such table: {missing.pop()}")
        connection.execute(self._check)
        connection.rollback()

    def _connect(self, create: bool) -> sqlite3.Connection:
        if create or os.access(self.path.parent, os.W_OK):
            return sqlite3.connect(self.path, timeout=TIMEOUT_S, isolation_level="IMMEDIATE")
        # Where its folder is read-only SQLite opens no file with a log, unless it is told that
        # nobody writes.
        return sqlite3.connect(f"{self.path.as_uri()}?immutable=1", uri=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        try:
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # A folder that is not there yet, or that cannot be written: nobody deletes in it.
            yield
            return
        try:
            with suppress(OSError):  # some network file systems have no locks
                fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    @property
    def _lock(self) -> Path:
        return self.path.with_name(self.path.name + ".lock")

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + end) for end in ("", "-wal", "-shm")]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _damaged(error: sqlite3.OperationalError) -> bool:
    said = str(error).lower()
    return any(part in said for part in DAMAGED)
