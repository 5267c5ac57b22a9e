"""From a click to a server that answers: our containers beside plain DockerSpawner's.

    python benchmarks/spawn.py [--rounds 5] [--warm]

Two hubs take turns, with the same image (NeoAI's), engine and network. In it DockerSpawner starts
what it starts in JupyterHub's own images, `jupyterhub-singleuser`. A start is timed from the
request to the hub's reply that the server is ready. Then, for each, one container is looked at
while five others take 5 s to stop. Needs a Docker engine, debootstrap and root. The goals: a start
takes at most 0.8 times DockerSpawner's, and a look at most 100 ms.

With --warm our hub keeps a container ready for nobody, and a start is asked for when there is one;
a start then takes at most a fifth of DockerSpawner's.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
from dockerspawner import DockerSpawner
from rig.report import Report, at_most, at_most_times
from traitlets.config import Config

from neoai_spawners.docker import NeoAIDockerSpawner
from neoai_spawners.engine import prepare_network

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fakes.desk import Desk
from tests.fakes.hub import Hub
from tests.fakes.images import neoai_image, small_image

NETWORK = "neoai-bench"
SPAWNERS = {"DockerSpawner": DockerSpawner, "NeoAI": NeoAIDockerSpawner}
COMMANDS = {"DockerSpawner": ["jupyterhub-singleuser"], "NeoAI": None}
"""What JupyterHub's own images run; and what ours is made with."""
HUB = """
c.JupyterHub.spawner_class = {spawner!r}
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 120}}
c.NeoAISpawner.catalogue = {{"profiles": [{{"name": "p", "image": {image!r}, "cpus": 2}}]}}
c.DockerSpawner.image = {image!r}
c.DockerSpawner.prefix = {prefix!r}
c.DockerSpawner.network_name = "neoai-bench"
c.DockerSpawner.volumes = {{"{{prefix}}-home-{{username}}": "/home/jovyan"}}
c.DockerSpawner.use_internal_ip = False
c.DockerSpawner.remove = True
c.DockerSpawner.cmd = {command!r}
c.Spawner.http_timeout = 120
"""
WARM = """
import asyncio
from neoai_spawners.docker import NeoAIDockerSpawner
c.NeoAIDockerSpawner.warm = {"p": 1}
asyncio.get_running_loop().call_later(0.1, NeoAIDockerSpawner.begin, c)
"""


@contextlib.contextmanager
def hub(name: str, image: str, prefix: str, gateway: str, warm: bool) -> Iterator[Hub]:
    """A hub whose servers this spawner starts."""
    spawner = f"{SPAWNERS[name].__module__}.{SPAWNERS[name].__name__}"
    with tempfile.TemporaryDirectory() as folder:
        values = {"spawner": spawner, "image": image, "prefix": f"{prefix}{name.lower()}"}
        config = HUB.format(**values, command=COMMANDS[name])
        if warm and name == "NeoAI":
            config += WARM
        started = Hub(Path(folder), config, hub_ip=gateway)
        try:
            started.start()
            started.add("ann")
            yield started
        finally:
            started.stop()


def start_s(running: Hub) -> float:
    """Seconds from the request to a server that is ready; it is stopped afterwards."""
    began = time.perf_counter()
    answer = running.spawn("ann")
    took = time.perf_counter() - began
    assert answer.status_code == 201, answer.text
    running.end("ann")
    return took


def until_warm(running: Hub, starts: int) -> None:
    """Wait until a container is ready for the start after so many."""
    running.until(lambda: running.log().count("is ready for a user") > starts, "one is ready", 300)


async def looks_ms(spawner_class: type, image: str, prefix: str) -> list[float]:
    """Milliseconds of each look at one container while five others stop."""
    config = Config()
    config.NeoAISpawner.catalogue = {"profiles": [{"name": "p", "image": image}]}
    config.DockerSpawner.image = image
    config.DockerSpawner.prefix = prefix
    config.DockerSpawner.network_name = NETWORK
    config.DockerSpawner.use_internal_ip = False
    config.DockerSpawner.remove = True
    config.DockerSpawner.volumes = {}
    config.Spawner.args = ["--linger", "5"]
    desk = Desk(spawner_class, config)
    spawners: list[Any] = [desk.spawner(f"user{number}") for number in range(6)]
    for spawner in spawners:
        await (spawner.run_pre_spawn_hook() or asyncio.sleep(0))
        await spawner.start()
    other, *stopped = spawners
    await asyncio.sleep(2)  # until plain DockerSpawner's servers have come up too
    stops = asyncio.gather(*(spawner.stop() for spawner in stopped))
    await asyncio.sleep(0)
    took = []
    while not stops.done():
        began = time.perf_counter()
        assert await other.poll() is None
        took.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(0.1)
    await stops
    await other.stop()
    return took


def starts_s(
    rounds: int, warm: bool, image: str, prefix: str, gateway: str
) -> dict[str, list[float]]:
    """Seconds of each hub's starts, which take turns."""
    times: dict[str, list[float]] = {name: [] for name in SPAWNERS}
    with contextlib.ExitStack() as stack:
        hubs = {
            name: stack.enter_context(hub(name, image, prefix, gateway, warm)) for name in SPAWNERS
        }
        for number in range(rounds + 1):
            for name, running in hubs.items():
                if warm:  # for both: nothing else runs meanwhile
                    until_warm(hubs["NeoAI"], number)
                took = start_s(running)
                if number:  # the first has the home's volume filled, and files read from disk
                    times[name].append(took)
    return times


def main() -> int:
    """Measure, print, and say whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warm", action="store_true")
    options = parser.parse_args()
    engine = docker.APIClient(version="auto")
    gateway = prepare_network(engine, NETWORK)
    image, small = neoai_image(engine), small_image(engine)
    prefix = f"bench{uuid.uuid4().hex[:8]}"
    report = Report("NeoAI", "DockerSpawner")
    try:
        times = starts_s(options.rounds, options.warm, image, prefix, gateway)
        goal = at_most_times(0.2 if options.warm else 0.8)
        report.add("from click to ready", "s", times["NeoAI"], times["DockerSpawner"], goal)
        looks = {
            name: asyncio.run(looks_ms(spawner, small, f"{prefix}{name.lower()}look"))
            for name, spawner in SPAWNERS.items()
        }
        report.add("a look beside five slow stops", "ms", looks["NeoAI"], looks["DockerSpawner"])
        slowest = [max(looks["NeoAI"])], [max(looks["DockerSpawner"])]
        report.add("the slowest of them", "ms", *slowest, at_most(100, "ms"))
    finally:
        for container in engine.containers(all=True, filters={"name": prefix}):
            engine.remove_container(container["Id"], v=True, force=True)
        for volume in engine.volumes(filters={"name": prefix})["Volumes"] or []:
            engine.remove_volume(volume["Name"])
        engine.remove_network(NETWORK)
    return report.status()


if __name__ == "__main__":
    sys.exit(main())
