"""Writes to the hub's database that wait for one another are committed together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from neoai_hub import audit
from neoai_hub.audit import AuditRow
from neoai_hub.db import HubDatabase
from neoai_server_ext import errors

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def enter(session: Session, actor: str) -> list[str]:
    """An entry by the ORM; who has entered something by now."""
    session.add(AuditRow(at=NOW, actor=actor, action="did", subject="it", details={}))
    session.flush()
    return list(session.scalars(select(AuditRow.actor).order_by(AuditRow.id)))


async def all_at_once(database: HubDatabase, *works: Callable[[Session], Any]) -> list[Any]:
    """What these come to, which were all asked for while an earlier write went on."""
    goes_on, ends = threading.Event(), threading.Event()

    def first(session: Session) -> None:
        session.execute(select(1))
        goes_on.set()
        assert ends.wait(30)

    going = asyncio.ensure_future(database.write(first))
    await asyncio.to_thread(goes_on.wait)
    asked = [asyncio.ensure_future(database.write(work)) for work in works]
    await asyncio.sleep(0)  # each has asked
    ends.set()
    await going
    return await asyncio.gather(*asked, return_exceptions=True)


@pytest.fixture
def commits() -> Iterator[list[None]]:
    """One for each transaction that is committed from now on."""
    counted: list[None] = []

    def count(_: Any) -> None:
        counted.append(None)

    event.listen(Engine, "commit", count)
    yield counted
    event.remove(Engine, "commit", count)


async def test_what_waits_is_one_commit_in_the_order_in_which_it_was_asked_for(
    database: HubDatabase, commits: list[None]
) -> None:
    await database.write(lambda session: None)
    commits.clear()

    found = await all_at_once(
        database, *(lambda session, name=name: enter(session, name) for name in "abc")
    )

    assert found == [["a"], ["a", "b"], ["a", "b", "c"]]
    assert len(commits) == 2  # the first, and these


async def test_one_that_raises_takes_nothing_of_the_others_with_it(database: HubDatabase) -> None:
    def refuse(session: Session) -> None:
        enter(session, "mallory")
        raise errors.Invalid("no")

    def twice(session: Session) -> None:
        row = session.scalars(select(AuditRow)).first()
        assert row is not None
        audit.record(session, NOW, "eve", "did", "it")
        session.add(AuditRow(id=row.id, at=NOW, actor="eve", action="", subject="", details={}))

    a, no, refused, b = await all_at_once(
        database,
        lambda session: enter(session, "a"),
        refuse,
        twice,
        lambda session: enter(session, "b"),
    )

    assert a == ["a"]
    assert isinstance(no, errors.Invalid)
    assert isinstance(refused, Exception)
    assert b == ["a", "b"]
    assert await database.read(lambda session: session.scalar(select(func.count(AuditRow.id)))) == 2


async def test_who_waits_no_more_has_written_nothing(database: HubDatabase) -> None:
    goes_on, ends = threading.Event(), threading.Event()

    def first(_: Session) -> None:
        goes_on.set()
        assert ends.wait(30)

    going = asyncio.ensure_future(database.write(first))
    await asyncio.to_thread(goes_on.wait)
    asked = asyncio.ensure_future(database.write(lambda session: enter(session, "a")))
    await asyncio.sleep(0)  # it has asked
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    ends.set()
    await going

    assert await database.write(lambda session: enter(session, "b")) == ["b"]
