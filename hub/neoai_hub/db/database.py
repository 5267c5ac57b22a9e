"""Work on the hub's tables, in threads: readers are never held up, writers take turns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from neoai_server_ext import errors
from neoai_server_ext.db import Database
from neoai_server_ext.db.faults import Advice

from .schema import SCHEMA

T = TypeVar("T")
Writing = tuple[Callable[[Session], Any], "Future[Any]"]
WRITERS = 0x4E656F4855  # "NeoHU", PostgreSQL's advisory lock that every writer takes
READERS = 4
TOGETHER = 50
"""The most transactions that are committed as one."""
CONNECT_S = 10
ADVICE = Advice(
    "`database.url` in the hub's settings",
    "The hub's log says more",
    "Stop the hub and restore the file from a backup, or move it away: a new one is then made",
)


class HubDatabase(Database):
    """The database of quotas, leases and the audit log.

    A transaction is one function that runs in a thread: an asynchronous driver changes threads
    at each of its twenty statements, and let through a quarter of the starts.
    """

    schema = SCHEMA
    advice = ADVICE

    def __init__(self, url: str, **kwargs: Any) -> None:
        super().__init__(url, **kwargs)
        self.busy_timeout_s = kwargs.get("busy_timeout_s", 30.0)
        self._writer = ThreadPoolExecutor(1, "hub-database-write")
        self._waiting: SimpleQueue[Writing] = SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, "hub-database-read")

    async def read(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, which writes nothing. Raises Unavailable, StorageFull."""
        await self.usable()
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, self._do, work, False
        )

    async def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns once it is committed. It alone writes, across all processes: what it
        reads holds until then; if it raises, nothing was written. Raises what `read` raises.

        What waits meanwhile is committed together. Where one of several raises, each is done
        again by itself: `work` may be called twice.
        """
        await self.usable()
        writing: Writing = (work, Future())
        self._waiting.put(writing)
        self._writer.submit(self._write_waiting)
        done: T = await asyncio.wrap_future(writing[1])
        return done

    async def check(self) -> dict[str, str]:
        """Ask the database a question: `{status, detail}` for `/health`."""
        try:
            await self.read(lambda session: session.execute(text("SELECT 1")))
        except errors.NeoAIError as error:
            return {"status": "failed", "detail": error.detail}
        return {"status": "ok", "detail": self.url.get_backend_name()}

    async def close(self) -> None:
        """Close every connection."""
        await super().close()
        if "_blocking" in self.__dict__:
            await asyncio.to_thread(self._blocking.dispose)
            del self._blocking

    def _do(self, work: Callable[[Session], T], write: bool) -> T:
        engine = self._blocking.execution_options(neoai_write=write)
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                if write and self.path is None:
                    session.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS})"))
                return work(session)
        except DBAPIError as error:
            raise self.failure(error) from error

    def _write_waiting(self) -> None:
        taken: list[Writing] = []
        with suppress(Empty):
            while len(taken) < TOGETHER:
                writing = self._waiting.get_nowait()
                if writing[1].set_running_or_notify_cancel():
                    taken.append(writing)
        if len(taken) > 1 and self._written_together(taken):
            return
        for work, future in taken:
            try:
                future.set_result(self._do(work, True))
            except Exception as error:
                future.set_exception(error)

    def _written_together(self, taken: Sequence[Writing]) -> bool:
        """Whether all of it is committed, and everybody told."""
        done = []

        def all_of_it(session: Session) -> None:
            for work, _ in taken:
                with Session(session.connection(), expire_on_commit=False) as own:
                    done.append(work(own))
                    own.commit()  # into the transaction that holds them all

        try:
            self._do(all_of_it, True)
        except (
            errors.Unavailable,
            errors.StorageFull,
        ) as error:  # the database is not there, for each of them
            for _, future in taken:
                future.set_exception(error)
            return True
        except Exception:
            return False
        for (_, future), result in zip(taken, done, strict=True):
            future.set_result(result)
        return True

    @cached_property
    def _blocking(self) -> Engine:
        if self.path is None:
            patience = (
                {"connect_timeout": CONNECT_S} if "connect_timeout" not in self.url.query else {}
            )
            return create_engine(
                self.url, pool_size=READERS + 1, pool_pre_ping=True, connect_args=patience
            )
        engine = create_engine(self.url, connect_args={"timeout": self.busy_timeout_s})

        @event.listens_for(engine, "connect")
        def _own_transactions(connection: Any, _: object) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA synchronous=NORMAL")

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            write = connection.get_execution_options().get("neoai_write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine
