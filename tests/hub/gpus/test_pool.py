"""Leases of GPUs: taken, kept, waited for, given back, expired and reclaimed."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from neoai_hub import audit
from neoai_hub.db import HubDatabase
from neoai_hub.gpus.models import GpuSampleRow
from neoai_hub.gpus.nvml import ReplayedNvml
from neoai_hub.gpus.pool import GpuPool
from neoai_hub.gpus.settings import GpuDevice, GpuSettings
from neoai_spawners.protocols import Denied, Lease, Notice, Waiting

from ..conftest import MovedClock
from ..quotas.conftest import request
from .test_nvml import replies

THREE = [
    GpuDevice(id="a", kind="H100", node="n1"),
    GpuDevice(id="b", kind="H100", node="n1"),
    GpuDevice(id="c", kind="T4", node="n2"),
]


def settings(**others: Any) -> GpuSettings:
    return GpuSettings(discover=False, devices=THREE, **others)


@pytest.fixture
def pool(
    database: HubDatabase, clock: MovedClock, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> GpuPool:
    made = GpuPool(database, settings(), clock)
    jp_asyncio_loop.run_until_complete(made.discover())
    return made


async def take(pool: GpuPool, user: str, gpus: int = 1, kind: str = "H100") -> Any:
    """The devices' ids, or what else is answered."""
    answer = await pool.acquire(request(user, gpus=gpus, gpu_kind=kind))
    return [device.id for device in answer.devices] if isinstance(answer, Lease) else answer


async def run_on(
    pool: GpuPool, clock: MovedClock, key: str, seconds: float, **busy: float
) -> list[Notice]:
    found: Any = []
    while seconds > 0:
        clock.pass_(min(60, seconds))
        seconds -= 60
        found = await pool.renew(key, busy)
    return list(found)


async def test_a_lease_names_its_devices_and_the_same_key_gets_the_same(pool: GpuPool) -> None:
    assert await take(pool, "ann", 2) == ["a", "b"]
    assert await take(pool, "ann", 2) == ["a", "b"]
    assert await take(pool, "bob", 1, "T4") == ["c"]


async def test_a_server_without_a_gpu_needs_no_lease(pool: GpuPool) -> None:
    assert await take(pool, "ann", 0, "") == []


async def test_kinds_go_by_any_case_and_none_means_any(pool: GpuPool) -> None:
    assert await take(pool, "ann", 1, "t4") == ["c"]
    assert await take(pool, "bob", 1, "") in (["a"], ["b"])


@pytest.mark.parametrize(("gpus", "kind"), [(1, "B200"), (3, "H100"), (3, "")])
async def test_what_this_hub_does_not_have_is_denied_at_once(
    pool: GpuPool, gpus: int, kind: str
) -> None:
    with pytest.raises(Denied, match="Take another profile"):
        await take(pool, "ann", gpus, kind)
    assert await pool.line() == []


async def test_who_comes_late_waits_in_line_and_is_served_in_order(pool: GpuPool) -> None:
    await take(pool, "ann", 2)
    assert await take(pool, "bob") == Waiting(1)
    assert await take(pool, "cyd") == Waiting(2)
    await pool.release("ann/")
    assert await take(pool, "dan") == Waiting(3)
    assert await take(pool, "cyd") == ["b"]
    assert await take(pool, "bob") == ["a"]
    assert await take(pool, "dan") == Waiting(1)


async def test_a_wish_for_two_is_not_starved_by_wishes_for_one(pool: GpuPool) -> None:
    await take(pool, "ann")
    assert await take(pool, "bob", 2) == Waiting(1)
    assert await take(pool, "cyd") == Waiting(2)
    assert await take(pool, "dan", 1, "T4") == ["c"]
    await pool.release("ann/")
    assert await take(pool, "bob", 2) == ["a", "b"]


async def test_a_place_is_lost_when_nobody_asks_any_more(pool: GpuPool, clock: MovedClock) -> None:
    await take(pool, "ann", 2)
    await take(pool, "bob")
    await take(pool, "cyd")
    for _ in range(3):
        clock.pass_(60)
        await pool.renew("ann/", {})
        await take(pool, "cyd")
    assert await take(pool, "cyd") == Waiting(1)


async def test_the_place_is_kept_across_a_new_start_of_the_same_server(pool: GpuPool) -> None:
    await take(pool, "ann", 2)
    await take(pool, "bob")
    await take(pool, "cyd")
    again = await pool.acquire(request("bob", "another-key", gpus=1, gpu_kind="H100"))
    assert again == Waiting(1)
    await pool.release("another-key")
    assert await take(pool, "cyd") == Waiting(1)


async def test_the_estimate_goes_by_how_long_leases_lasted(
    pool: GpuPool, clock: MovedClock
) -> None:
    for _ in range(3):
        await take(pool, "old", 2)
        await run_on(pool, clock, "old/", 3600)
        await pool.release("old/")
    await take(pool, "ann", 2)
    await run_on(pool, clock, "ann/", 600)
    waiting = await take(pool, "bob")
    assert waiting == Waiting(1, clock.wall + timedelta(seconds=3000))


async def test_a_lease_without_a_heartbeat_expires_and_goes_to_the_next(
    pool: GpuPool, clock: MovedClock
) -> None:
    await take(pool, "ann", 2)
    clock.pass_(179)
    assert await pool.sweep() == 0
    clock.pass_(1)
    assert await pool.sweep() == 2
    assert await take(pool, "bob") == ["a"]
    (notice,) = await pool.renew("ann/", {})
    assert notice.ends_at <= clock.wall
    assert "somebody else" in notice.message


async def test_an_expired_lease_that_nobody_took_is_kept_on(
    pool: GpuPool, clock: MovedClock
) -> None:
    await take(pool, "ann", 2)
    clock.pass_(300)
    await pool.sweep()
    assert await pool.renew("ann/", {}) == []
    assert isinstance(await take(pool, "bob"), Waiting)
    await pool.release("ann/")
    assert await take(pool, "bob") == ["a"]


async def test_a_hub_that_starts_again_hears_its_servers_before_it_takes_their_gpus(
    pool: GpuPool, database: HubDatabase, clock: MovedClock
) -> None:
    await take(pool, "ann", 2)
    clock.pass_(10_000)
    again = GpuPool(database, settings(), clock)
    await again.discover()
    assert await again.sweep() == 0
    assert await again.renew("ann/", {}) == []
    assert isinstance(await take(again, "bob"), Waiting)


async def test_a_server_that_the_crash_took_along_gives_its_gpus_back_at_its_next_start(
    pool: GpuPool,
) -> None:
    await take(pool, "ann", 2)
    answer = await pool.acquire(request("ann", "after-the-crash", gpus=2, gpu_kind="H100"))
    assert isinstance(answer, Lease)
    assert [device.id for device in answer.devices] == ["a", "b"]


async def test_an_idle_gpu_is_warned_about_and_then_reclaimed(
    pool: GpuPool, clock: MovedClock
) -> None:
    await take(pool, "ann", 2)
    assert await run_on(pool, clock, "ann/", 2640, a=0.01, b=0.0) == []
    (warning,) = await run_on(pool, clock, "ann/", 60, a=0.01, b=0.0)
    assert (warning.quota, warning.minutes) == ("gpu-idle", 15)
    (second,) = await run_on(pool, clock, "ann/", 600, a=0.0, b=0.0)
    assert second.minutes == 5
    (over,) = await run_on(pool, clock, "ann/", 300, a=0.0, b=0.0)
    assert over.ends_at <= clock.wall
    await pool.release("ann/")
    assert await take(pool, "bob") == ["a"]


@pytest.mark.parametrize("busy", [{"a": 0.0, "b": 0.5}, {}])
async def test_a_gpu_that_works_or_does_not_say_is_not_idle(
    pool: GpuPool, clock: MovedClock, busy: dict[str, float]
) -> None:
    await take(pool, "ann", 2)
    assert await run_on(pool, clock, "ann/", 7200, **busy) == []


async def test_what_the_driver_finds_is_leased_and_sampled(
    database: HubDatabase, clock: MovedClock
) -> None:
    nvml = ReplayedNvml(replies("handwritten_h100_and_mig.json"))
    pool = GpuPool(database, GpuSettings(), clock, nvml)
    assert await pool.discover() == "3 found on this machine (H100, H100-1g.10gb)."
    (identity,) = await take(pool, "ann")
    await run_on(pool, clock, "ann/", 60)
    (held,) = [each for each in await pool.holdings() if each.lease]
    assert held.device.id == identity
    assert held.lease is not None
    assert (held.lease.user, held.lease.utilisation) == ("ann", 0.87)
    sample = select(GpuSampleRow.utilisation, GpuSampleRow.memory_bytes)
    found = await database.read(lambda session: session.execute(sample).first())
    assert found == (0.87, 562036736)


async def test_a_hub_without_a_driver_says_so(database: HubDatabase, clock: MovedClock) -> None:
    nothing = [
        {"function": "nvmlDeviceGetCount", "target": "", "numbers": [], "error": 12,
         "message": "NVML Shared Library Not Found"}
    ]  # fmt: skip
    pool = GpuPool(database, GpuSettings(), clock, ReplayedNvml(nothing))
    said = await pool.discover()
    assert said == "none found on this machine (NVML says: NVML Shared Library Not Found)."
    with pytest.raises(Denied, match="this hub has none"):
        await take(pool, "ann")


async def test_a_gpu_that_is_gone_is_offered_no_more(
    pool: GpuPool, database: HubDatabase, clock: MovedClock
) -> None:
    fewer = GpuPool(database, GpuSettings(discover=False, devices=THREE[:1]), clock)
    await fewer.discover()
    with pytest.raises(Denied, match="there are 1 in all"):
        await take(fewer, "ann", 2)
    assert await take(fewer, "ann", 1) == ["a"]


async def test_what_another_process_discovers_is_leased_by_this_one(
    pool: GpuPool, database: HubDatabase, clock: MovedClock
) -> None:
    assert await take(pool, "ann", 1, "T4") == ["c"]
    clock.pass_(1)
    others = [*THREE[:2], GpuDevice(id="d", kind="T4", node="n2")]
    await GpuPool(database, GpuSettings(discover=False, devices=others), clock).discover()
    assert await take(pool, "bob", 1, "T4") == ["d"]


async def test_many_at_once_for_the_last_gpu_are_one(pool: GpuPool, db_url: str) -> None:
    await take(pool, "ann", 1)
    command = [sys.executable, "-m", "tests.hub.gpus.crowd", db_url]
    crowds = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    given = [int(crowd.communicate()[0]) for crowd in crowds]
    assert sum(given) == 1
    assert len(await pool.line()) == 4 * 25 - 1


async def test_who_took_and_returned_what_is_in_the_audit_log(
    pool: GpuPool, database: HubDatabase
) -> None:
    await take(pool, "ann")
    await pool.release("ann/")
    await pool.release("ann/")
    rows = await audit.AuditLog(database).page()
    assert [(row.actor, row.action, row.subject) for row in reversed(rows)] == [
        ("ann", "gpu.leased", "gpu:a"),
        ("ann", "gpu.returned", "gpu:a"),
    ]
