"""Above a storage quota: a start to clean up and no other, for a limited time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from neoai_hub.quotas.ledger import Ledger
from neoai_spawners.protocols import CLEAN_UP, Denied, Meter, Notice, SpawnRequest

from ..conftest import MovedClock
from .conftest import Set, request

GB = 2**30
STORAGE = {"kind": "storage", "limit": GB}


def to_clean_up(user: str = "ann") -> SpawnRequest:
    return replace(request(user, f"{user}/cleaning"), profile=CLEAN_UP)


async def fill(ledger: Ledger, put: Set) -> None:
    """Ann has used twice what she may."""
    await put("default", STORAGE)
    await ledger.reserve(request())
    await ledger.started("ann/")
    await ledger.heartbeat("ann/", Meter(volumes={"home-ann": 2 * GB}))
    await ledger.settle("ann/")


async def cleaned(ledger: Ledger, size: int) -> Notice:
    """What the server that cleans up is told once its volume has this size."""
    (notice,) = await ledger.heartbeat("ann/cleaning", Meter(volumes={"home-ann": size}))
    return notice


async def test_above_the_quota_a_start_to_clean_up_is_let_in_and_no_other(
    ledger: Ledger, put: Set
) -> None:
    await fill(ledger, put)
    assert "2 GiB in use" in await ledger.over_storage("ann", ())
    with pytest.raises(Denied, match="in a server that you start to clean up"):
        await ledger.reserve(request())
    await ledger.reserve(to_clean_up())


async def test_within_the_quota_nobody_starts_to_clean_up(ledger: Ledger, put: Set) -> None:
    await fill(ledger, put)
    with pytest.raises(Denied, match="within its quota"):
        await ledger.reserve(to_clean_up("bob"))
    assert await ledger.over_storage("bob", ()) == ""
    await put("default", {"kind": "storage", "limit": None})
    assert await ledger.over_storage("ann", ()) == ""


async def test_other_quotas_hold_for_a_start_to_clean_up_too(ledger: Ledger, put: Set) -> None:
    await fill(ledger, put)
    await put("default", STORAGE, {"kind": "servers", "limit": 0})
    with pytest.raises(Denied, match="Servers") as denied:
        await ledger.reserve(to_clean_up())
    assert [each.quota for each in denied.value.denials] == ["servers"]


async def test_it_is_told_from_the_start_how_much_is_used_and_when_it_ends(
    ledger: Ledger, put: Set, clock: MovedClock
) -> None:
    await fill(ledger, put)
    await ledger.reserve(to_clean_up())
    await ledger.started("ann/cleaning")

    told = await cleaned(ledger, 2 * GB)
    assert "2 GiB of 1 GiB storage are in use" in told.message
    assert (told.quota, told.minutes) == (CLEAN_UP, 60)
    assert told.ends_at - clock.now() == timedelta(hours=1)

    shown = []
    for _ in range(60):
        clock.pass_(60)
        told = await cleaned(ledger, 2 * GB)
        shown.append(told.minutes)
    assert sorted(set(shown)) == [0, 5, 15, 60]
    assert told.ends_at <= clock.now()
    assert "over" in told.message


async def test_once_there_is_room_it_says_so_and_every_profile_starts_again(
    ledger: Ledger, put: Set
) -> None:
    await fill(ledger, put)
    await ledger.reserve(to_clean_up())
    await ledger.started("ann/cleaning")
    told = await cleaned(ledger, GB // 2)
    assert "within its quota again" in told.message
    await ledger.settle("ann/cleaning")
    await ledger.reserve(request())
