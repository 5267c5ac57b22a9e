"""The SQLite file of an index: opened, checked, and made anew, by several servers at once too.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 30.0
MOST_IDLE = 2
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
        self._idle: list[_Reader] = []

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
            self._forget_readers()
            for file in self._files():
                file.unlink(missing_ok=True)

    def close(self) -> None:
        """Close what is kept open for the next question."""
        if self._forget_readers():
            with suppress(sqlite3.Error), self.connected():
                pass  # the last to close a file removes its log, if it may write

    def _forget_readers(self) -> bool:
        some = bool(self._idle)
        while self._idle:
            self._idle.pop().connection.close()
        return some

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for questions that fetch all of their rows; raises Damaged as `connected`.
        It stays open for the next: opening one takes a millisecond, a fifth of a search."""
        if not os.access(self.path.parent, os.W_OK):
            with self.connected() as connection:
                yield connection
            return
        with self._locked(fcntl.LOCK_SH), _telling_damage():
            reader = self._reader()
            try:
                yield reader.connection
            except BaseException:
                reader.connection.close()
                raise
            if len(self._idle) < MOST_IDLE:
                self._idle.append(reader)
            else:
                reader.connection.close()

    def _reader(self) -> _Reader:
        """One that is idle and of the file that is there now, else another."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            raise Damaged("there is no index") from None
        identity = (found.st_dev, found.st_ino)
        with suppress(IndexError):
            while (reader := self._idle.pop()).identity != identity:
                reader.connection.close()
            return reader
        # One that cannot write leaves the log alone when it is closed, which may by then be that
        # of another file in this one's place.
        connection = sqlite3.connect(
            f"{self.path.as_uri()}?mode=ro", TIMEOUT_S, check_same_thread=False, uri=True
        )
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] != self._version:
                raise Damaged("the index is of another version")
        except BaseException:
            connection.close()
            raise
        return _Reader(connection, identity)

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
        with closing(connection), _telling_damage():
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
            if create and not connection.in_transaction:
                # The last to close a file removes its log; while readers are kept, this one
                # empties it, unless somebody is reading just now.
                connection.execute("PRAGMA busy_timeout = 0")
                with suppress(sqlite3.OperationalError):
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

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


@dataclass(frozen=True)
class _Reader:
    """A connection that only reads, and of which file: its device and inode."""

    connection: sqlite3.Connection
    identity: tuple[int, int]


@contextmanager
def _telling_damage() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError) and not _damaged(error):
            raise
        raise Damaged(str(error)) from error


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _damaged(error: sqlite3.OperationalError) -> bool:
    said = str(error).lower()
    return any(part in said for part in DAMAGED)
