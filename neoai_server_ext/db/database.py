"""Opening the database, saying what is wrong with it, and sessions on it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import NullPool, Row, Select, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

from .. import errors
from . import migrate
from .faults import USERS, Fault, fault_of

RETRY_AFTER_S = 2.0


class Database(LoggingConfigurable):
    """The engine and its sessions. A database that cannot be used makes every call say why,
    with a way out, and leaves the rest of the server alone; it is tried again by itself."""

    schema: migrate.Schema | None = None
    advice = USERS

    busy_timeout_s = Float(
        5.0, help="Seconds to wait for another process's lock on the SQLite file."
    ).tag(config=True)
    pool_size = Integer(5, help="Connections kept open to PostgreSQL.").tag(config=True)

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = make_url(url)
        self.fault: Fault | None = None
        self._engine: AsyncEngine | None = None
        self._sessions: async_sessionmaker[AsyncSession] | None = None
        self._opening = asyncio.Lock()
        self._tried_at = 0.0

    @property
    def path(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        if self.url.get_backend_name() != "sqlite" or not self.url.database:
            return None
        return Path(self.url.database)

    async def open(self) -> None:
        """Create or migrate the database and get ready; on failure, remember the fault."""
        async with self._opening:
            if self._sessions is not None:
                return
            self._tried_at = time.monotonic()
            try:
                await asyncio.to_thread(self._prepare)
            except (SQLAlchemyError, sqlite3.Error, OSError, migrate.NewerSchema, ImportError) as e:
                self.fault = fault_of(e, self.url, self.advice)
                self.log.error("database: %s", self.fault.detail)
                return
            self._engine = self._create_engine()
            self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
            self.fault = None

    async def close(self) -> None:
        """Close every connection; SQLite folds its log back into the file."""
        engine, self._engine, self._sessions = self._engine, None, None
        if engine is not None:
            await engine.dispose()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session that commits when the block ends well, and rolls back when it does not.

        Raises Unavailable with what is wrong and how to mend it, while the database cannot be
        used. `IntegrityError` comes through: what it means is the caller's to say.
        """
        await self.usable()
        assert self._sessions is not None
        try:
            async with self._sessions() as session, session.begin():
                yield session
        except DBAPIError as error:
            raise self.failure(error) from error

    async def usable(self) -> None:
        """Open it if it is not. Raises Unavailable with what is wrong and how to mend it."""
        if self._sessions is None:
            if self.fault is None or time.monotonic() - self._tried_at > RETRY_AFTER_S:
                await self.open()
            if self._sessions is None:
                assert self.fault is not None
                raise errors.Unavailable(self.fault.detail, code=f"database-{self.fault.kind}")

    def failure(self, error: DBAPIError) -> Exception:
        """What to raise for a driver's error: itself where a value was refused."""
        fault = fault_of(error, self.url, self.advice)
        if fault.kind == "refused":
            return error
        self.log.error("database: %s", fault.detail)
        if fault.kind == "full":
            return errors.StorageFull(fault.detail, code="database-full")
        return errors.Unavailable(fault.detail, code=f"database-{fault.kind}")

    async def check(self) -> dict[str, str]:
        """Ask the database a question: `{status, detail}` for `/health`."""
        try:
            async with self.session() as session:
                await session.connection()
        except errors.NeoAIError as error:
            return {"status": "failed", "detail": error.detail}
        return {"status": "ok", "detail": self.url.get_backend_name()}

    def look(self, query: Select[Any]) -> list[Row[Any]]:
        """Rows of the database as it is: it is neither made nor migrated nor written to. None where
        there is no SQLite file; raises Unavailable. Blocks."""
        url = self.url
        try:
            if self.path is not None:
                if not self.path.exists():
                    return []
                file = f"file:{quote(str(self.path.absolute()))}"
                url = url.set(drivername="sqlite", database=file).update_query_dict(
                    {"mode": "ro", "uri": "true", "timeout": str(self.busy_timeout_s)}
                )
            engine = create_engine(url, poolclass=NullPool)
            with engine.connect() as connection:
                return list(connection.execute(query))
        except (SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            fault = fault_of(error, self.url, self.advice)
            raise errors.Unavailable(fault.detail, code=f"database-{fault.kind}") from error

    def _prepare(self) -> None:
        path = self.path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                path.touch(mode=0o600)
            self._prepare_sqlite(path)
        migrate.migrate(self.url.render_as_string(hide_password=False), self.schema)

    def _prepare_sqlite(self, path: Path) -> None:
        connection = sqlite3.connect(path, timeout=self.busy_timeout_s)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(f"database disk image is malformed: {found}")
        finally:
            connection.close()

    def _create_engine(self) -> AsyncEngine:
        if self.path is None:
            return create_async_engine(self.url, pool_size=self.pool_size, pool_pre_ping=True)
        engine = create_async_engine(
            self.url.set(drivername="sqlite+aiosqlite"),
            connect_args={"timeout": self.busy_timeout_s},
        )

        @event.listens_for(engine.sync_engine, "connect")
        def _pragmas(connection: Any, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

        return engine
