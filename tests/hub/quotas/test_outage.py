"""A database that is gone for a while: starts are refused with the reason, and no time is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from neoai_hub.db import HubDatabase
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.settings import QuotaSettings
from neoai_server_ext import errors
from neoai_spawners.protocols import Meter

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
