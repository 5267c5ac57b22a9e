"""What the tests of several processes start: `python -m tests.hub.quotas.victim WHAT URL …`."""

from __future__ import annotations

import asyncio
import sys
import time

from neoai_hub.db import HubDatabase
from neoai_hub.quotas.ledger import Ledger
from neoai_hub.quotas.settings import QuotaSettings
from neoai_spawners.protocols import Denied, Meter, Resources, SpawnRequest

BEAT_S = 0.25


def say(word: str) -> None:
    """What was done, and when by the clock that all processes share."""
    print(word, time.monotonic(), flush=True)


async def run(url: str) -> None:
    """One server, from its reservation on, with a beat every quarter of a second."""
    ledger = Ledger(HubDatabase(url), QuotaSettings(heartbeat_s=BEAT_S))
    say("begun")
    await ledger.reserve(SpawnRequest("k", "ann", "", "small", Resources(gpus=1)))
    say("reserved")
    await ledger.started("k")
    say("started")
    while True:
        due = asyncio.get_running_loop().call_later
        wake = asyncio.Event()
        due(BEAT_S, wake.set)
        await wake.wait()
        await ledger.heartbeat("k", Meter())
        say("beat")


async def crowd(url: str, number: str, many: str) -> None:
    """Ask for many servers at once; how many were given."""
    ledger = Ledger(HubDatabase(url))

    async def ask(each: int) -> bool:
        name = f"u{number}-{each}"
        try:
            await ledger.reserve(SpawnRequest(name, name, "", "small", Resources(gpus=1)))
        except Denied:
            return False
        return True

    say(str(sum(await asyncio.gather(*(ask(each) for each in range(int(many)))))))


if __name__ == "__main__":
    asyncio.run({"run": run, "crowd": crowd}[sys.argv[1]](*sys.argv[2:]))
