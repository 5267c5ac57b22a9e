"""What a start costs the hub's database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from neoai_hub.db import HubDatabase
from neoai_hub.gpus.pool import GpuPool
from neoai_hub.gpus.settings import GpuDevice, GpuSettings
from neoai_hub.quotas.ledger import Ledger
from neoai_spawners.protocols import Lease

from ..conftest import MovedClock
from .conftest import Set, request

MANY = [GpuDevice(id=f"GPU-{number}", kind="H100") for number in range(200)]
QUOTAS = {"servers": 1000, "cpu": 9999, "memory": 1 << 50, "storage": 1 << 50}
HOURS = {"server-hours": "month", "gpu-hours": "7d"}


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement from now on, BEGIN among them."""
    said: list[str] = []

    def hear(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    yield said
    event.remove(Engine, "before_cursor_execute", hear)


async def test_a_start_among_many_takes_three_transactions_of_a_few_statements_each(
    database: HubDatabase, clock: MovedClock, ledger: Ledger, put: Set, statements: list[str]
) -> None:
    pool = GpuPool(database, GpuSettings(discover=False, devices=MANY), clock)
    await put("default", *({"kind": kind, "limit": limit} for kind, limit in QUOTAS.items()))
    await put(
        "group:ml",
        *({"kind": kind, "limit": 99, "window": window} for kind, window in HOURS.items()),
    )

    async def start(user: str) -> list[str]:
        statements.clear()
        wanted = request(user, cpus=1, memory_bytes=1 << 30, gpus=1, groups=["ml"])
        await ledger.reserve(wanted)
        assert isinstance(await pool.acquire(wanted), Lease)
        await ledger.started(wanted.key)
        return list(statements)

    await pool.discover()
    await start("first")
    few = await start("second")
    for number in range(60):
        await start(f"user{number}")
    many = await start("last")

    assert len(many) == len(few) <= 19
    assert not any("SELECT neoai_gpus.id" in statement for statement in many)
