"""Several processes at once, and a hub that is killed: nothing is given twice, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from neoai_hub.db import HubDatabase
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.settings import QuotaSettings
from neoai_spawners.protocols import Denied, Meter

from .conftest import Set, request
from .victim import BEAT_S


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.hub.quotas.victim", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> tuple[str, float]:
    assert process.stdout is not None
    word, at = process.stdout.readline().split()
    return word, float(at)


async def test_a_hundred_at_once_against_a_quota_of_one_are_one(
    database: HubDatabase, db_url: str, put: Set
) -> None:
    await put("default", {"kind": "servers", "limit": 1, "shared": True})
    crowds = [start("crowd", db_url, str(number), "25") for number in range(4)]
    given = sum(int(said(process)[0]) for process in crowds)
    assert [process.wait() for process in crowds] == [0] * 4
    assert given == 1


async def test_a_hundred_at_once_within_one_hub_are_one_too(ledger: Ledger, put: Set) -> None:
    import asyncio

    await put("user:ann", {"kind": "gpu-hours", "limit": 0.25, "window": "day"})

    async def ask(number: int) -> bool:
        try:
            await ledger.reserve(request(server=f"s{number}", gpus=1))
        except Denied:
            return False
        return True

    assert sum(await asyncio.gather(*(ask(number) for number in range(100)))) == 1


@pytest.mark.parametrize("word", ["begun", "reserved", "started", "beat"])
async def test_a_hub_that_is_killed_gains_and_loses_one_heartbeat_at_most(
    database: HubDatabase, db_url: str, put: Set, word: str
) -> None:
    await put("default", {"kind": "gpu-hours", "limit": 1, "window": "24h"})
    victim = start("run", db_url)
    times = {}
    while word not in times:
        what, at = said(victim)
        times[what] = at
    victim.kill()
    victim.wait()

    again = Ledger(database, QuotaSettings(heartbeat_s=BEAT_S))
    await again.heartbeat("k", Meter())
    now = time.monotonic()
    (standing,) = await again.standings("ann", ())
    charged = standing.used * 3600
    if word == "begun":  # whether it had reserved by then, nobody can tell
        assert 0 <= charged <= now - times["begun"]
        return
    began = times.get("started", times["reserved"])
    assert abs(charged - (now - began)) <= BEAT_S
    await again.settle("k")
    await again.settle("k")
    (standing,) = await again.standings("ann", ())
    assert standing.held == 0
    assert charged <= standing.used * 3600 <= charged + BEAT_S
