"""Volumes of users that the file system holds to a size, where the engine's can."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import docker
import pytest
from docker.errors import APIError, NotFound
from traitlets.config import Config

from neoai_spawners.names import slug
from neoai_spawners.swarm import NeoAISwarmSpawner
from tests.fakes.desk import Desk
from tests.fakes.hub import Hub

StartHub = Callable[..., Hub]
LIMITED = """
c.EngineSpawner.limit_volumes = True
for profile in c.NeoAISpawner.catalogue["profiles"]:
    profile["storage"] = "1G"
"""


def _holds_sizes(engine: docker.APIClient, name: str) -> bool:
    with contextlib.suppress(APIError):
        engine.create_volume(name, "local", {"size": "1048576"})
        engine.remove_volume(name)
        return True
    return False


def test_new_volumes_have_the_profiles_size_or_the_start_is_refused_with_the_reason(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    home = f"{prefix}-home-{slug('ann')}"
    hub = docker_hub(LIMITED)
    hub.add("ann")

    reply = hub.spawn("ann")

    if _holds_sizes(engine, f"{prefix}-probe"):
        hub.until(lambda: (hub.server("ann") or {}).get("ready"), "the server is ready")
        assert engine.inspect_volume(home)["Options"] == {"size": str(1 << 30)}
    else:
        assert reply.status_code == 503
        assert "cannot hold volumes to a size" in reply.json()["message"]
        with pytest.raises(NotFound):
            engine.inspect_volume(home)


def test_a_volume_that_is_there_is_taken_as_it_is(
    docker_hub: StartHub, engine: docker.APIClient, prefix: str
) -> None:
    engine.create_volume(f"{prefix}-home-{slug('ann')}")
    hub = docker_hub(LIMITED)
    hub.add("ann")

    hub.ready("ann")


def test_a_swarm_is_asked_for_the_size_of_the_users_own_volumes_alone() -> None:
    config = Config()
    config.NeoAISwarmSpawner.limit_volumes = True
    config.NeoAISwarmSpawner.volumes = {"home-{username}": "/home/jovyan", "course": "/course"}
    config.NeoAISpawner.catalogue = {"profiles": [{"name": "small", "storage": "1G"}]}
    spawner = Desk(NeoAISwarmSpawner, config).spawner("ann")

    spawner.enforce(spawner.profiles.choose({}, []), ())
    home, course = spawner.mounts

    driver = {"Name": "local", "Options": {"size": str(1 << 30)}}
    assert home["VolumeOptions"] == {"DriverConfig": driver}
    assert "VolumeOptions" not in course
