"""The hub's database, on SQLite and PostgreSQL, and a clock that the tests move."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from neoai_hub.db import HubDatabase


class MovedClock:
    """A clock whose hands the test moves: both with `pass_`, the wall's alone with `jump`."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 4, 10, 0, tzinfo=UTC)  # a Wednesday
        self.seconds = 1000.0
        self.name = "first"

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def boot(self) -> str:
        return self.name

    def pass_(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def jump(self, **by: float) -> None:
        self.wall += timedelta(**by)

    def reboot(self, seconds: float) -> None:
        self.pass_(seconds)
        self.seconds = 5.0
        self.name = "second"


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def database(db_url: str, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[HubDatabase]:
    opened = HubDatabase(db_url)
    yield opened
    jp_asyncio_loop.run_until_complete(opened.close())
