"""Reserving, metering, warning and settling, on a clock that the test moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from neoai_hub import audit
from neoai_hub.db import HubDatabase
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.settings import QuotaSettings
from neoai_spawners.protocols import Denied, Meter, Notice

from ..conftest import MovedClock
from .conftest import Set, request

GPU = {"kind": "gpu-hours", "limit": 10, "window": "24h"}
HOURS = {"kind": "server-hours", "limit": 2, "window": "day"}


async def used(ledger: Ledger, user: str = "ann") -> float:
    """Hours that are charged."""
    (standing,) = await ledger.standings(user, ())
    return standing.used


async def beats(ledger: Ledger, clock: MovedClock, key: str, seconds: float) -> list[Notice]:
    """The server runs on for so long; the last beat's notices."""
    found: Any = []
    while seconds > 0:
        clock.pass_(min(60, seconds))
        seconds -= 60
        found = await ledger.heartbeat(key, Meter())
    return list(found)


async def test_what_runs_is_charged_by_the_second(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    clock.pass_(40)
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 1800)
    clock.pass_(30)
    await ledger.settle("ann/")
    assert await used(ledger) == pytest.approx(1830 / 3600)
    clock.pass_(1000)
    await ledger.settle("ann/")
    assert await ledger.heartbeat("ann/", Meter()) == []
    assert await used(ledger) == pytest.approx(1830 / 3600)


async def test_gpu_hours_count_every_gpu(ledger: Ledger, clock: MovedClock, put: Set) -> None:
    await put("default", GPU)
    await ledger.reserve(request(gpus=4))
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 900)
    assert await used(ledger) == pytest.approx(1.0)


async def test_a_start_reserves_time_that_nobody_else_can_have(ledger: Ledger, put: Set) -> None:
    await put("default", {**GPU, "limit": 1, "shared": True})
    for number in range(4):
        await ledger.reserve(request(f"u{number}", gpus=1))
    with pytest.raises(Denied, match="1 h used or reserved, and this needs"):
        await ledger.reserve(request("late", gpus=1))
    await ledger.settle("u0/")
    await ledger.reserve(request("late", gpus=1))


async def test_a_start_without_a_gpu_needs_no_gpu_hours(ledger: Ledger, put: Set) -> None:
    await put("default", {**GPU, "limit": 0})
    await ledger.reserve(request())
    with pytest.raises(Denied, match="Ask an administrator"):
        await ledger.reserve(request("bob", gpus=1))


async def test_a_denial_says_which_quota_how_much_and_when_it_refills(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("group:ml", HOURS)
    await ledger.reserve(request(groups=("ml",)))
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 7000)
    await ledger.settle("ann/")
    with pytest.raises(Denied) as caught:
        await ledger.reserve(request(groups=("ml",)))
    (denial,) = caught.value.denials
    assert (denial.quota, denial.scope, denial.limit) == ("server-hours", "group:ml", 2)
    assert denial.used == pytest.approx(7000 / 3600)
    assert denial.refills_at == clock.wall.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    assert str(caught.value) == (
        "Server hours: the group ml allows 2 h a day, 1.94 h used or reserved, and this "
        "needs 0.25 h. There is enough again from 2026-11-05 00:00 (UTC)."
    )
    clock.jump(days=1)
    await ledger.reserve(request(groups=("ml",)))


async def test_warnings_come_fifteen_and_five_minutes_before_and_then_it_is_over(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    await ledger.started("ann/")
    assert await beats(ledger, clock, "ann/", 6180) == []
    (first,) = await beats(ledger, clock, "ann/", 120)
    assert (first.minutes, first.quota) == (15, "server-hours")
    assert first.ends_at - clock.wall == timedelta(minutes=15)
    assert "about 15 minutes" in first.message
    (second,) = await beats(ledger, clock, "ann/", 600)
    assert second.minutes == 5
    assert second.ends_at == first.ends_at
    (last,) = await beats(ledger, clock, "ann/", 300)
    assert last.minutes == 0
    assert last.ends_at <= clock.wall
    assert "have run out" in last.message


async def test_two_servers_share_what_is_left(ledger: Ledger, clock: MovedClock, put: Set) -> None:
    await put("default", HOURS)
    for server in ("a", "b"):
        await ledger.reserve(request(server=server))
        await ledger.started(f"ann/{server}")
    clock.pass_(2700)
    await ledger.heartbeat("ann/a", Meter())
    (notice,) = await ledger.heartbeat("ann/b", Meter())
    assert notice.ends_at - clock.wall == timedelta(minutes=15)


async def test_a_days_end_refills_before_anything_runs_out(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    clock.wall = clock.wall.replace(hour=22, minute=7)
    await ledger.reserve(request())
    await ledger.started("ann/")
    assert await beats(ledger, clock, "ann/", 6600) == []


async def test_the_same_key_reserves_once(ledger: Ledger, put: Set) -> None:
    await put("default", {"kind": "servers", "limit": 1})
    await ledger.reserve(request(key="k"))
    await ledger.reserve(request(key="k"))
    (standing,) = await ledger.standings("ann", ())
    assert standing.used == 1


async def test_a_new_start_of_the_same_server_settles_the_one_before(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", {"kind": "servers", "limit": 1})
    await ledger.reserve(request(key="before-the-crash"))
    await ledger.reserve(request(key="after-it"))
    (standing,) = await ledger.standings("ann", ())
    assert standing.used == 1


async def test_a_jump_of_the_walls_clock_charges_nothing_and_gives_nothing(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", {**HOURS, "limit": 100, "window": "month"})
    await ledger.reserve(request())
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 600)
    clock.jump(days=9)
    await beats(ledger, clock, "ann/", 600)
    clock.jump(days=-10)
    await beats(ledger, clock, "ann/", 600)
    assert await used(ledger) == pytest.approx(1800 / 3600)


async def test_after_a_reboot_the_wall_tells_how_long_it_ran(
    ledger: Ledger, database: HubDatabase, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 60)
    clock.reboot(300)
    again = Ledger(database, QuotaSettings(), clock)
    await again.heartbeat("ann/", Meter())
    assert await used(again) == pytest.approx(360 / 3600)


async def test_while_the_hub_was_down_a_running_server_is_charged_in_full(
    ledger: Ledger, database: HubDatabase, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    await ledger.started("ann/")
    clock.pass_(3000)
    again = Ledger(database, QuotaSettings(), clock)
    assert await again.sweep() == 0
    await again.heartbeat("ann/", Meter())
    assert await used(again) == pytest.approx(3000 / 3600)


async def test_a_server_that_ended_while_the_hub_was_down_is_charged_one_heartbeat_more_at_most(
    ledger: Ledger, database: HubDatabase, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    await ledger.started("ann/")
    await beats(ledger, clock, "ann/", 600)
    clock.pass_(3000)
    await Ledger(database, QuotaSettings(), clock).settle("ann/")
    assert await used(ledger) == pytest.approx(660 / 3600)


async def test_a_silent_server_lapses_and_counts_again_once_it_is_heard(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS, {"kind": "servers", "limit": 1})
    await ledger.reserve(request())
    await ledger.started("ann/")
    clock.pass_(599)
    assert await ledger.sweep() == 0
    clock.pass_(1)
    assert await ledger.sweep() == 1
    await ledger.reserve(request(server="other"))
    clock.pass_(400)
    await ledger.heartbeat("ann/", Meter())
    standings = {each.rule.kind.name: each for each in await ledger.standings("ann", ())}
    assert standings["server-hours"].used == pytest.approx(1000 / 3600)
    assert standings["servers"].used == 2


async def test_a_reservation_that_never_started_costs_nothing(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    clock.pass_(300)
    await ledger.settle("ann/")
    (standing,) = await ledger.standings("ann", ())
    assert (standing.used, standing.held) == (0, 0)


async def test_storage_above_its_quota_refuses_a_start_and_says_the_way_out(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", {"kind": "storage", "limit": 2**30})
    await ledger.reserve(request())
    await ledger.started("ann/")
    await ledger.heartbeat("ann/", Meter(volumes={"home": 2**30 + 2**20}))
    await ledger.settle("ann/")
    with pytest.raises(Denied, match=r"Storage: .* 1 GiB in use\. Delete files"):
        await ledger.reserve(request())
    await ledger.reserve(request("bob"))


async def test_everything_is_in_the_audit_log(
    ledger: Ledger, database: HubDatabase, put: Set
) -> None:
    await put("default", {"kind": "servers", "limit": 1})
    await ledger.reserve(request())
    with pytest.raises(Denied):
        await ledger.reserve(request(server="second"))
    await ledger.started("ann/")
    await ledger.settle("ann/")
    rows = await audit.AuditLog(database).page()
    assert [(row.actor, row.action, row.subject) for row in reversed(rows)] == [
        ("root", "quotas.set", "default:default"),
        ("ann", "server.reserved", "server:ann/"),
        ("ann", "server.denied", "server:ann/second"),
        ("ann", "server.started", "server:ann/"),
        ("ann", "server.settled", "server:ann/"),
    ]
    assert rows[2].details["quotas"][0]["quota"] == "servers"


async def test_a_start_that_waits_for_longer_than_a_silence_lasts_is_kept_and_not_charged(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    for _ in range(20):
        clock.pass_(60)
        await ledger.keep("ann/")
        assert await ledger.sweep() == 0
    assert await used(ledger) == 0
    await ledger.started("ann/")
    clock.pass_(30)
    await ledger.heartbeat("ann/", Meter())
    assert await used(ledger) == pytest.approx(30 / 3600)


async def test_a_start_that_the_hub_did_not_hear_of_counts_from_when_it_was_last_kept(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    clock.pass_(900)
    await ledger.keep("ann/")
    clock.pass_(45)
    await ledger.heartbeat("ann/", Meter())
    assert await used(ledger) == pytest.approx(45 / 3600)


async def test_a_start_that_lapsed_in_line_counts_from_when_the_server_started(
    ledger: Ledger, clock: MovedClock, put: Set
) -> None:
    await put("default", HOURS)
    await ledger.reserve(request())
    clock.pass_(700)
    assert await ledger.sweep() == 1
    await ledger.started("ann/")
    clock.pass_(20)
    await ledger.heartbeat("ann/", Meter())
    assert await used(ledger) == pytest.approx(20 / 3600)
    await ledger.keep("nobody/")
    await ledger.settle("ann/")
    await ledger.keep("ann/")
    assert await ledger.sweep() == 0
