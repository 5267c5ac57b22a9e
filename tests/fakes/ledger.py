"""Quotas and leases in one SQLite file, for hubs that are processes of their own: a test
writes what is allowed there, and reads back what a spawner asked."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from neoai_spawners.protocols import (
    Denial,
    Denied,
    Device,
    Lease,
    Meter,
    Notice,
    SpawnRequest,
    Waiting,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (id INTEGER PRIMARY KEY, call TEXT, key TEXT, detail TEXT);
CREATE TABLE IF NOT EXISTS devices (id TEXT PRIMARY KEY, kind TEXT, key TEXT, node TEXT);
CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, key TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT);
"""


class Ledger:
    """Both Protocols, each call in one transaction. `settings`: `denied` and `broken` are messages
    for every reservation from now on, `over` and `soon` (in five minutes) for every heartbeat."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._transaction() as db:
            db.executescript(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            db.execute("BEGIN IMMEDIATE")
            yield db
            if db.in_transaction:
                db.execute("COMMIT")
        finally:
            db.close()

    # --- for the tests

    def add_devices(self, kind: str, *ids: str, node: str = "") -> None:
        with self._transaction() as db:
            rows = [(id, kind, node) for id in ids]
            db.executemany("INSERT INTO devices VALUES (?, ?, NULL, ?)", rows)

    def set(self, **settings: str) -> None:
        with self._transaction() as db:
            db.executemany("REPLACE INTO settings VALUES (?, ?)", settings.items())

    def calls(self, *names: str) -> list[tuple[str, str, Any]]:
        """Every call so far of these names: its name, its key, what came with it."""
        with self._transaction() as db:
            rows = db.execute("SELECT call, key, detail FROM calls ORDER BY id").fetchall()
        return [(call, key, json.loads(detail)) for call, key, detail in rows if call in names]

    def holders(self) -> dict[str, str | None]:
        """Who holds each device."""
        with self._transaction() as db:
            return dict(db.execute("SELECT id, key FROM devices").fetchall())

    def open(self) -> set[str]:
        """The keys that were reserved and not settled."""
        reserved = {key for _, key, _ in self.calls("reserve")}
        return reserved - {key for _, key, _ in self.calls("settle")}

    # --- Quotas

    async def reserve(self, request: SpawnRequest) -> None:
        with self._transaction() as db:
            settings = dict(db.execute("SELECT name, value FROM settings").fetchall())
            if settings.get("broken"):
                raise ConnectionError(settings["broken"])
            if message := settings.get("denied"):
                raise Denied([Denial("servers", "user", 1, 1, 1, "servers", None, message)])
            _note(db, "reserve", request.key, asdict(request))

    async def started(self, key: str) -> None:
        with self._transaction() as db:
            _note(db, "started", key)

    async def heartbeat(self, key: str, meter: Meter) -> Sequence[Notice]:
        with self._transaction() as db:
            _note(db, "heartbeat", key, asdict(meter))
            settings = dict(db.execute("SELECT name, value FROM settings").fetchall())
        now = datetime.now(UTC)
        if message := settings.get("over"):
            return [Notice("server-hours", now - timedelta(seconds=1), message)]
        if message := settings.get("soon"):
            return [Notice("server-hours", now + timedelta(minutes=5), message, 5)]
        return []

    async def keep(self, key: str) -> None:
        with self._transaction() as db:
            _note(db, "keep", key)

    async def settle(self, key: str) -> None:
        with self._transaction() as db:
            _note(db, "settle", key)

    async def over_storage(self, user: str, groups: Sequence[str]) -> str:
        with self._transaction() as db:
            full = db.execute("SELECT value FROM settings WHERE name = 'full'").fetchone()
        return full[0] if full else ""

    async def forget_volumes(self, user: str, names: Collection[str]) -> None:
        with self._transaction() as db:
            _note(db, "forget_volumes", user, list(names))

    # --- Leases

    async def acquire(self, request: SpawnRequest) -> Lease | Waiting:
        with self._transaction() as db:
            _note(db, "acquire", request.key)
            db.execute("INSERT OR IGNORE INTO line (key) VALUES (?)", (request.key,))
            line = [key for (key,) in db.execute("SELECT key FROM line ORDER BY id")]
            free = db.execute(
                "SELECT id, kind, node FROM devices"
                " WHERE key IS NULL AND ? IN ('', kind) ORDER BY id",
                (request.resources.gpu_kind,),
            ).fetchall()
            position = line.index(request.key) + 1
            if position > 1 or len(free) < request.resources.gpus:
                return Waiting(position)
            taken = free[: request.resources.gpus]
            db.executemany(
                "UPDATE devices SET key = ? WHERE id = ?", [(request.key, id) for id, *_ in taken]
            )
            db.execute("DELETE FROM line WHERE key = ?", (request.key,))
        expires = datetime.now(UTC) + timedelta(minutes=5)
        return Lease(request.key, tuple(Device(*each) for each in taken), expires)

    async def renew(self, key: str, utilisation: Mapping[str, float]) -> Sequence[Notice]:
        with self._transaction() as db:
            _note(db, "renew", key)
        return []

    async def release(self, key: str) -> None:
        with self._transaction() as db:
            _note(db, "release", key)
            db.execute("UPDATE devices SET key = NULL WHERE key = ?", (key,))
            db.execute("DELETE FROM line WHERE key = ?", (key,))


def _note(db: sqlite3.Connection, call: str, key: str, detail: Any = None) -> None:
    db.execute(
        "INSERT INTO calls (call, key, detail) VALUES (?, ?, ?)",
        (call, key, json.dumps(detail)),
    )
