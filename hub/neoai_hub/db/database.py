"""Sessions on the hub's tables: readers are never held up, writers take turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from neoai_server_ext.db import Database
from neoai_server_ext.db.faults import Advice

from .schema import SCHEMA

WRITERS = 0x4E656F4855  # "NeoHU", PostgreSQL's advisory lock that every writer takes
ADVICE = Advice(
    "`database.url` in the hub's settings",
    "The hub's log says more",
    "Stop the hub and restore the file from a backup, or move it away: a new one is then made",
)


class HubDatabase(Database):
    """The database of quotas, leases and the audit log. A path's tables are JupyterHub's
    neighbours; nothing here refers to JupyterHub's own."""

    schema = SCHEMA
    advice = ADVICE

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self.busy_timeout_s = kwargs.get("busy_timeout_s", 30.0)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that alone may write, across all processes: what it reads holds until it
        commits. Raises what `session` raises."""
        async with self._turn, self.session() as session:
            await session.connection(execution_options={"neoai_write": True})
            if self.path is None:
                await session.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS})"))
            yield session

    def _create_engine(self) -> AsyncEngine:
        engine = super()._create_engine()
        if self.path is None:
            return engine

        @event.listens_for(engine.sync_engine, "connect")
        def _own_transactions(connection: Any, _: object) -> None:
            connection.isolation_level = None

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            write = connection.get_execution_options().get("neoai_write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine
