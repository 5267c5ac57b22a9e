"""Storage: each volume once, of users who are there."""

from __future__ import annotations

from typing import Any

import pytest

from neoai_hub.quotas.ledger import Ledger
from neoai_spawners.protocols import Denied, Meter

from ..conftest import MovedClock
from .conftest import Set, request

GB = 2**30


async def beats(ledger: Ledger, volumes: dict[str, int], **what: Any) -> None:
    """One server's start, heartbeat with these volumes, and stop."""
    asked = request(**what)
    await ledger.reserve(asked)
    await ledger.started(asked.key)
    await ledger.heartbeat(asked.key, Meter(volumes=volumes))
    await ledger.settle(asked.key)


async def used(ledger: Ledger, user: str = "ann", groups: Any = ()) -> dict[str, float]:
    """What is used of each storage quota, by whose it is."""
    return {each.rule.subject: each.used for each in await ledger.standings(user, groups)}


async def test_a_volume_that_several_servers_mount_counts_once(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", {"kind": "storage", "limit": 5 * GB})
    await beats(ledger, {"home-ann": 3 * GB})
    clock.pass_(60)
    await beats(ledger, {"home-ann": 4 * GB}, server="second")
    assert await used(ledger) == {"user:ann": 4 * GB}
    await ledger.reserve(request())


async def test_several_volumes_of_a_user_add_up_and_are_listed(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "storage", "limit": 5 * GB})
    await put("group:ml", {"kind": "storage", "limit": 100 * GB, "shared": True})
    await beats(ledger, {"home-ann": GB, "data-ann": 5 * GB}, groups=["ml"])
    await beats(ledger, {"home-bob": 2 * GB}, user="bob", groups=["ml"])
    assert await used(ledger, groups=["ml"]) == {"user:ann": 6 * GB, "group:ml": 8 * GB}
    found = await ledger.volumes("ann")
    assert [(each.volume, each.bytes) for each in found] == [("data-ann", 5 * GB), ("home-ann", GB)]
    with pytest.raises(Denied, match="Storage"):
        await ledger.reserve(request(groups=["ml"]))


async def test_a_volume_that_was_deleted_counts_no_more(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "storage", "limit": 5 * GB})
    await beats(ledger, {"home-ann": GB, "claim-ann-second": 5 * GB})
    await ledger.forget_volumes("ann", ["claim-ann-second"])
    assert await used(ledger) == {"user:ann": GB}


async def test_users_who_are_gone_use_no_storage(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "storage", "limit": 10 * GB, "shared": True})
    for number in range(600):
        await beats(ledger, {"home": 2**20}, user=f"u{number}")
    assert await used(ledger) == {"hub": 600 * 2**20}
    assert await ledger.forget_all_but(["u1", "ann"]) == 599
    assert await used(ledger) == {"hub": 2**20}
    assert await ledger.volumes("u0") == []


async def test_what_was_measured_before_volumes_had_names_gives_way(
    ledger: Ledger, put: Set
) -> None:
    await put("default", {"kind": "storage", "limit": 5 * GB})
    await beats(ledger, {"": 6 * GB})
    assert await used(ledger) == {"user:ann": 6 * GB}
    await put("default", {"kind": "storage", "limit": 50 * GB})
    await beats(ledger, {"home-ann": GB})
    assert await used(ledger) == {"user:ann": GB}
