"""Calls of a Docker engine: side by side, fetched images, the containers' network."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import docker
import pytest
from traitlets.config import Config

from neoai_spawners import engine as engines
from neoai_spawners.docker import NeoAIDockerSpawner
from neoai_spawners.engine import Engine, NotIsolated, prepare_network, pull
from tests.fakes.desk import Desk
from tests.fakes.hub import Hub
from tests.fakes.registry import registry

StartHub = Callable[..., Hub]


@pytest.fixture
def config(small: str, prefix: str) -> Config:
    settings = Config()
    settings.NeoAISpawner.catalogue = {"profiles": [{"name": "p", "image": small}]}
    settings.NeoAIDockerSpawner.prefix = prefix
    settings.NeoAIDockerSpawner.network_name = "neoai-tests"
    settings.NeoAIDockerSpawner.volumes = {"{prefix}-home-{username}": "/home/jovyan"}
    settings.Spawner.http_timeout = 60
    return settings


async def _start(spawner: Any) -> None:
    await spawner.run_pre_spawn_hook()
    await spawner.start()


def test_a_poll_beside_five_stops_of_five_seconds_answers_within_100_ms(config: Config) -> None:
    config.Spawner.args = ["--linger", "5"]
    desk = Desk(NeoAIDockerSpawner, config)

    async def polls_during_stops() -> tuple[list[float], float]:
        spawners = [desk.spawner(f"user{number}") for number in range(6)]
        for spawner in spawners:
            await _start(spawner)
        other, *stopped = spawners
        began = time.monotonic()
        stops = asyncio.gather(*(spawner.stop() for spawner in stopped))
        took = []
        while not stops.done():
            before = time.monotonic()
            assert await other.poll() is None
            took.append(time.monotonic() - before)
            await asyncio.sleep(0.25)
        await stops
        all_stopped = time.monotonic() - began
        await other.stop()
        return took, all_stopped

    took, all_stopped = asyncio.run(polls_during_stops())

    assert all_stopped >= 5
    assert len(took) >= 10
    assert sorted(took)[len(took) // 2] < 0.1


def test_a_start_that_is_given_up_leaves_no_container(
    config: Config, engine: docker.APIClient, prefix: str
) -> None:
    desk = Desk(NeoAIDockerSpawner, config)

    async def give_up() -> None:
        spawner = desk.spawner("ann")
        await spawner.run_pre_spawn_hook()
        starting = asyncio.ensure_future(spawner.start())
        while not engine.containers(all=True, filters={"name": prefix}):
            await asyncio.sleep(0)
        starting.cancel()
        await asyncio.wait([starting])

    asyncio.run(give_up())

    assert not engine.containers(all=True, filters={"name": prefix})


def test_fetching_an_image_is_shown_on_the_spawn_page(
    docker_hub: StartHub, engine: docker.APIClient
) -> None:
    with registry() as where:
        image = f"{where}/neoai:noise"
        hub = docker_hub(
            f"c.NeoAISpawner.catalogue = {{'profiles': [{{'name': 'p', 'image': {image!r}}}]}}\n"
        )
        hub.add("ann")
        asking = threading.Thread(target=hub.spawn, args=("ann",))
        asking.start()
        hub.until(lambda: hub.server("ann"), "the start is known")
        events = [event["message"] for event in hub.progress("ann")]
        asking.join()
        hub.gone("ann")
    engine.remove_image(image)

    assert any(event.startswith(f"Fetching the image {image}: ") for event in events)
    assert "no jupyterhub-singleuser" in events[-1]


def test_the_part_of_an_image_that_has_come_only_grows(engine: docker.APIClient) -> None:
    told: list[int] = []
    with registry() as where:
        pull(engine, f"{where}/neoai:noise", told.append)
        engine.remove_image(f"{where}/neoai:noise")

    assert told == sorted(told)
    assert told[0] < 100
    assert told[-1] == 100


def test_an_image_that_is_nowhere_is_explained(docker_hub: StartHub) -> None:
    with registry(1024) as where:
        image = f"{where}/other:none"
        hub = docker_hub(
            f"c.NeoAISpawner.catalogue = {{'profiles': [{{'name': 'p', 'image': {image!r}}}]}}\n"
        )
        hub.add("ann")
        hub.spawn("ann")
        hub.gone("ann")

        assert "neither on this machine nor to be fetched" in hub.failure("ann")


def test_a_network_that_connects_containers_is_refused(
    engine: docker.APIClient, prefix: str
) -> None:
    engine.create_network(prefix, driver="bridge")
    try:
        with pytest.raises(NotIsolated, match="enable_icc=false"):
            prepare_network(engine, prefix)
    finally:
        engine.remove_network(prefix)


def test_the_network_is_made_once_and_its_gateway_is_the_hubs_address(
    engine: docker.APIClient, prefix: str
) -> None:
    try:
        first = prepare_network(engine, prefix)

        assert prepare_network(engine, prefix) == first
        assert first.count(".") == 3
    finally:
        engine.remove_network(prefix)


class SlowEngine:
    """Tells the sizes of its volumes when `let` is called, as often as it is asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.timeout = 60
        self.asked = 0
        self._gate = threading.Semaphore(0)

    def df(self) -> Any:
        self.asked += 1
        assert self.timeout > 60
        self._gate.acquire()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None: ...

    def let(self, engine: Engine) -> None:
        """Answer, and return when the engine's call has ended."""
        sizing = engine._sizing
        assert sizing is not None
        self._gate.release()
        sizing.result(10)


def test_sizes_of_volumes_are_asked_for_by_one_call_that_nobody_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {"Volumes": [{"Name": "a", "UsageData": {"Size": 5}}, {"Name": "b", "UsageData": None}]}
    slow = SlowEngine(told, told)
    engine = Engine(lambda: slow)  # type: ignore[arg-type, return-value]

    assert [engine.volume_sizes() for _ in range(5)] == [{}] * 5
    slow.let(engine)
    assert engine.volume_sizes() == {"a": 5}
    assert slow.asked == 1

    monkeypatch.setattr(engines, "SIZES_FOR", 0.0)
    assert engine.volume_sizes() == {"a": 5}
    slow.let(engine)
    assert slow.asked == 2


def test_sizes_that_the_engine_does_not_tell_are_not_asked_for_again_at_once() -> None:
    slow = SlowEngine(docker.errors.DockerException("too slow"))
    engine = Engine(lambda: slow)  # type: ignore[arg-type, return-value]

    engine.volume_sizes()
    slow.let(engine)

    assert [engine.volume_sizes() for _ in range(5)] == [{}] * 5
    assert slow.asked == 1
