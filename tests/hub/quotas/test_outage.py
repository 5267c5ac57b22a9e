"""A database that is gone for a while: starts are refused with the reason, and no time is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from neoai_hub.db import HubDatabase
from neoai_hub.gpus.pool import GpuPool
from neoai_hub.gpus.settings import GpuDevice, GpuSettings
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.settings import QuotaSettings
from neoai_server_ext import errors
from neoai_spawners.protocols import Lease, Meter

from ..conftest import MovedClock
from .conftest import request


async def test_what_ran_while_the_database_was_locked_is_charged_afterwards(
    tmp_path: Path, clock: MovedClock
) -> None:
    path = tmp_path / "hub.sqlite"
    database = HubDatabase(f"sqlite:///{path}", busy_timeout_s=0.1)
    ledger = Ledger(database, QuotaSettings(), clock)
    await ledger.reserve(request())
    await ledger.started("ann/")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    clock.pass_(60)
    with pytest.raises(errors.Unavailable, match="locked by another process"):
        await ledger.heartbeat("ann/", Meter())
    with pytest.raises(errors.Unavailable):
        await ledger.reserve(request("bob"))
    holder.execute("ROLLBACK")
    holder.close()

    clock.pass_(60)
    await ledger.heartbeat("ann/", Meter())
    with sqlite3.connect(path) as rows:
        (metered,) = rows.execute("SELECT metered_s FROM neoai_reservations").fetchone()
    assert metered == 120
    await database.close()


async def test_a_minute_without_a_database_ends_no_server_loses_no_gpu_and_is_charged_in_full(
    tmp_path: Path, clock: MovedClock
) -> None:
    path = tmp_path / "hub.sqlite"
    database = HubDatabase(f"sqlite:///{path}", busy_timeout_s=0.02)
    ledger = Ledger(database, QuotaSettings(heartbeat_s=5), clock)
    gpus = [GpuDevice(id="a", kind="H100")]
    pool = GpuPool(database, GpuSettings(discover=False, devices=gpus), clock)
    wanted = request(gpus=1)
    await ledger.reserve(wanted)
    lease = await pool.acquire(wanted)
    await ledger.started("ann/")

    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    for _ in range(60 // 5):
        clock.pass_(5)
        beats = (ledger.heartbeat("ann/", Meter()), pool.renew("ann/", {}))
        for gone in (*beats, ledger.sweep(), pool.sweep(), ledger.reserve(request("bob"))):
            with pytest.raises(errors.Unavailable):
                await gone
    holder.execute("ROLLBACK")
    holder.close()

    assert await ledger.sweep() == 0
    assert await pool.sweep() == 0
    assert await ledger.heartbeat("ann/", Meter()) == []
    assert await pool.renew("ann/", {}) == []
    again = await pool.acquire(wanted)
    assert isinstance(lease, Lease)
    assert isinstance(again, Lease)
    assert again.devices == lease.devices
    with sqlite3.connect(path) as rows:
        found = rows.execute("SELECT state, metered_s FROM neoai_reservations").fetchall()
    assert found == [("running", 60)]
    await ledger.reserve(request("bob"))
    await database.close()
