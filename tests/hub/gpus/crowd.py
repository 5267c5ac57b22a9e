"""`python -m tests.hub.gpus.crowd URL NUMBER`: 25 users ask for one GPU; prints how many got it."""

from __future__ import annotations

import asyncio
import sys

from neoai_hub.db import HubDatabase
from neoai_hub.gpus.pool import GpuPool
from neoai_hub.gpus.settings import GpuDevice, GpuSettings
from neoai_spawners.protocols import Lease, Resources, SpawnRequest


async def main(url: str, number: str) -> None:
    devices = [GpuDevice(id=name, kind="H100", node="n1") for name in "ab"]
    pool = GpuPool(HubDatabase(url), GpuSettings(discover=False, devices=devices))

    async def ask(each: int) -> bool:
        name = f"u{number}-{each}"
        wish = Resources(gpus=1, gpu_kind="H100")
        return isinstance(await pool.acquire(SpawnRequest(name, name, "", "gpu", wish)), Lease)

    print(sum(await asyncio.gather(*(ask(each) for each in range(25)))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
