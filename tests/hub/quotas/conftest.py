"""A ledger on a moved clock, and a short way to set quotas and to ask for servers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from neoai_hub.db import HubDatabase
from neoai_hub.quotas.admin import QuotaBook
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.models import Quota
from neoai_hub.quotas.settings import QuotaSettings
from neoai_spawners.protocols import Resources, SpawnRequest

from ..conftest import MovedClock

Set = Callable[..., Awaitable[None]]


def request(user: str = "ann", key: str = "", *, server: str = "", groups: Any = (), **wants: Any):
    """A server that is about to start."""
    return SpawnRequest(
        key or f"{user}/{server}", user, server, "small", Resources(**wants), tuple(groups)
    )


@pytest.fixture
def ledger(database: HubDatabase, clock: MovedClock) -> Ledger:
    return Ledger(database, QuotaSettings(), clock)


@pytest.fixture
def put(database: HubDatabase, clock: MovedClock) -> Set:
    """`await put("group:ml", {"kind": "servers", "limit": 1}, …)`"""

    async def set_them(where: str, *quotas: dict[str, Any]) -> None:
        scope, _, name = where.partition(":")
        rows = [Quota.model_validate(quota) for quota in quotas]
        await QuotaBook(database, clock).put(scope, name or "default", rows, "root")  # type: ignore[arg-type]

    return set_them
