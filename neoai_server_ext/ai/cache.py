"""Replies that came before, for exactly the same request.

In a SQLite file of its own under the user's data folder, which may be deleted at any time. A
request is kept as a hash alone. Whatever goes wrong with the file, models are asked as if there
were no cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..logs import logger
from .providers import Message

SCHEMA = """
CREATE TABLE IF NOT EXISTS replies (
    key TEXT PRIMARY KEY, at REAL NOT NULL, used REAL NOT NULL, bytes INTEGER NOT NULL,
    pieces TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS replies_by_use ON replies (used);
"""
BUSY_S = 0.1
COMPLETE = frozenset({"stop"})
"""How a reply must have ended: not cut by a limit or filter, and not for a tool."""

log = logger("ai")


@dataclass(frozen=True)
class CacheRequest:
    """What makes two requests one. provider: its name, kind and address."""

    provider: Sequence[str]
    model: str
    messages: Sequence[Message]
    max_tokens: int | None
    temperature: float | None

    @property
    def key(self) -> str:
        """The hash under which the reply is kept."""
        said = [[message.role, message.content, *seen(message)] for message in self.messages]
        all_of_it = [list(self.provider), self.model, said, self.max_tokens, self.temperature]
        text = json.dumps(all_of_it, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def seen(message: Message) -> list[str]:
    """What tells the images of a message from others."""
    return [f"{i.media_type} {hashlib.sha256(i.data).hexdigest()}" for i in message.images]


def may_keep(temperature: float | None) -> bool:
    """Whether replies at this temperature may be kept: who asks for one wants them to differ."""
    return not temperature


class ReplyCache:
    """The replies. Its methods block: call them in a thread.

    ttl_s: how old a reply may be. max_bytes: of all replies together; those go first that have not
    been used for longest.
    """

    def __init__(self, file: Path, *, ttl_s: float, max_bytes: int) -> None:
        self._file = file
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, key: str) -> list[str] | None:
        """The pieces of a reply as they came, None where there is none that is fresh."""
        with self._lock:
            try:
                return self._get(key)
            except (sqlite3.Error, OSError, ValueError) as error:
                self._failed(error)
                return None

    def put(self, key: str, pieces: Sequence[str]) -> None:
        """Keep a complete reply."""
        with self._lock:
            try:
                self._put(key, pieces)
            except (sqlite3.Error, OSError, ValueError) as error:
                self._failed(error)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._close()

    def _get(self, key: str) -> list[str] | None:
        connection, now = self._open(), time.time()
        row = connection.execute("SELECT at, pieces FROM replies WHERE key = ?", (key,)).fetchone()
        # a reply from the future is one from before the clock was set back
        if row is None or not 0 <= now - row[0] <= self._ttl_s:
            return None
        pieces = json.loads(row[1])
        with connection:
            connection.execute("UPDATE replies SET used = ? WHERE key = ?", (now, key))
        return [str(piece) for piece in pieces]

    def _put(self, key: str, pieces: Sequence[str]) -> None:
        text, now = json.dumps(list(pieces), ensure_ascii=True), time.time()
        if len(text) > self._max_bytes:
            return
        connection = self._open()
        with connection:
            connection.execute(
                "DELETE FROM replies WHERE at < ? OR at > ?", (now - self._ttl_s, now)
            )
            connection.execute(
                "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)",
                (key, now, now, len(text), text),
            )
            connection.execute(
                "DELETE FROM replies WHERE key IN (SELECT key FROM (SELECT key, "
                "sum(bytes) OVER (ORDER BY used DESC, key = ? DESC) AS total FROM replies) "
                "WHERE total > ?)",
                (key, self._max_bytes),
            )

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            connection = sqlite3.connect(self._file, timeout=BUSY_S, check_same_thread=False)
            try:
                connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
                connection.executescript(SCHEMA)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _failed(self, error: Exception) -> None:
        self._close()
        is_locked = isinstance(error, sqlite3.OperationalError)
        log.warning("replies are not kept: %s", error)
        if isinstance(error, sqlite3.DatabaseError) and not is_locked:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
