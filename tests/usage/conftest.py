"""A database, and ledgers in it that are stopped as a server stops them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neoai_server_ext.db import Database
from neoai_server_ext.usage.service import UsageService

Ledger = Callable[..., UsageService]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone; `tests/db` tries the tables on both."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def db(db_url: str, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Database]:
    """Closed at the end: its connections have threads."""
    database = Database(db_url)
    yield database
    jp_asyncio_loop.run_until_complete(database.close())


@pytest.fixture
def ledger(
    db: Database, tmp_path: Path, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Ledger]:
    """Makes ledgers over the same database and folder, with their traits."""
    made: list[UsageService] = []

    def make(**traits: float) -> UsageService:
        made.append(UsageService(db, tmp_path / "usage", **traits))
        return made[-1]

    yield make
    for usage in made:
        jp_asyncio_loop.run_until_complete(usage.stop())
