"""Hubs for the tests of the spawners."""

from __future__ import annotations

import contextlib
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError

from neoai_spawners.engine import prepare_network
from neoai_spawners.pool import POOL
from tests.conftest import require
from tests.fakes.hub import ROOT, Hub
from tests.fakes.images import neoai_image, small_image
from tests.fakes.kube import Cluster
from tests.fakes.ledger import Ledger

FAKE = [sys.executable, str(ROOT / "tests" / "fakes" / "singleuser.py")]
LOCAL = f"""
from neoai_spawners.local import NeoAILocalSpawner
c.JupyterHub.spawner_class = NeoAILocalSpawner
c.NeoAILocalSpawner.homes = "homes"
c.Spawner.cmd = {FAKE!r}
c.NeoAISpawner.catalogue = {{"profiles": [
    {{"name": "small", "cpus": 1, "memory": "1G"}},
    {{"name": "large", "cpus": 4, "memory": "8G", "groups": ["staff"]}},
    {{"name": "gpu", "gpus": 1, "gpu_kind": "H100"}}]}}
"""

DOCKER = """
from neoai_spawners.docker import NeoAIDockerSpawner
c.JupyterHub.spawner_class = NeoAIDockerSpawner
c.NeoAIDockerSpawner.network_name = "neoai-tests"
c.NeoAIDockerSpawner.prefix = {prefix!r}
c.NeoAIDockerSpawner.volumes = {{"{{prefix}}-home-{{username}}": "/home/jovyan"}}
c.NeoAISpawner.catalogue = {{"profiles": [
    {{"name": "small", "cpus": 0.5, "memory": "128M", "image": {image!r}}},
    {{"name": "gpu", "gpus": 1, "image": {image!r}}}]}}
"""

KUBERNETES = f"""
from neoai_spawners.kubernetes import NeoAIKubeSpawner
c.JupyterHub.spawner_class = NeoAIKubeSpawner
c.KubeSpawner.namespace = "hub"
c.KubeSpawner.cmd = {FAKE!r}
c.Spawner.start_timeout = 20
c.NeoAISpawner.catalogue = {{"profiles": [
    {{"name": "small", "cpus": 0.5, "memory": "256M", "storage": "1G", "image": "neoai:1"}},
    {{"name": "gpu", "memory": "256M", "gpus": 1, "gpu_kind": "H100", "image": "neoai:gpu"}}]}}
"""

StartHub = Callable[..., Hub]
Pooled = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[StartHub]:
    """`start_hub(config, groups=…)`: a hub of this test's own."""
    require("hub's proxy")
    started: list[Hub] = []

    def start(config: str = "", **kwargs: object) -> Hub:
        hub = Hub(tmp_path, config, **kwargs)  # type: ignore[arg-type]
        started.append(hub)
        hub.start()
        return hub

    yield start
    for hub in started:
        hub.stop()


@pytest.fixture
def local_hub(start_hub: StartHub) -> StartHub:
    """`local_hub(config, groups=…)`: one whose servers are small processes."""
    return lambda config="", **kwargs: start_hub(LOCAL + config, **kwargs)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """The quotas and leases of this test's hub."""
    return Ledger(tmp_path / "ledger.sqlite")


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.APIClient]:
    """The Docker engine of this machine, with the tests' own network."""
    require("docker engine")
    client = docker.APIClient(version="auto")
    prepare_network(client, "neoai-tests")
    yield client
    client.close()


@pytest.fixture(scope="session")
def small(engine: docker.APIClient) -> str:
    """An image whose server is small; it has NeoAI's label."""
    return small_image(engine)


@pytest.fixture(scope="session")
def neoai_image_of_this_tree(engine: docker.APIClient) -> str:
    """NeoAI's own image; made once, and kept by what is in it."""
    require("package index")
    require("lab extension")
    return neoai_image(engine)


@pytest.fixture
def prefix(engine: docker.APIClient) -> Iterator[str]:
    """The beginning of the names of this test's containers and volumes, which it removes."""
    name = f"test{uuid.uuid4().hex[:10]}"
    yield name
    for container in engine.containers(all=True, filters={"name": name}):
        with contextlib.suppress(APIError):  # it is going already
            engine.remove_container(container["Id"], v=True, force=True)
    for volume in engine.volumes(filters={"name": name})["Volumes"] or []:
        engine.remove_volume(volume["Name"], force=True)


@pytest.fixture
def docker_hub(engine: docker.APIClient, small: str, prefix: str, start_hub: StartHub) -> StartHub:
    """`docker_hub(config)`: a hub whose servers are containers of the small image."""
    gateway = prepare_network(engine, "neoai-tests")
    own = DOCKER.format(prefix=prefix, image=small)
    return lambda config="", **kwargs: start_hub(own + config, hub_ip=gateway, **kwargs)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A Kubernetes cluster of this test's own, whose pods are processes of this machine."""
    cluster = Cluster(tmp_path / "cluster")
    yield cluster
    cluster.close()


@pytest.fixture
def kube_hub(cluster: Cluster, start_hub: StartHub, monkeypatch: pytest.MonkeyPatch) -> StartHub:
    """`kube_hub(config)`: a hub whose servers are pods of that cluster."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig))
    return lambda config="", **kwargs: start_hub(KUBERNETES + config, **kwargs)


@pytest.fixture
def warm_hub(docker_hub: StartHub, small: str) -> StartHub:
    """`warm_hub(config)`: one that keeps a container ready for the profile `small`."""

    def start(config: str = "", count: int = 1, **kwargs: object) -> Hub:
        profiles = [
            {"name": "small", "cpus": 0.5, "memory": "128M", "image": small},
            {"name": "large", "cpus": 1, "memory": "256M", "image": small},
            {"name": "other", "image": small, "environment": {"MADE_WITH": "this"}},
            {"name": "gpu", "gpus": 1, "image": small},
        ]
        return docker_hub(
            f"c.NeoAISpawner.catalogue = {{'profiles': {profiles!r}}}\n"
            f"c.NeoAIDockerSpawner.warm = {{'small': {count}}}\n"
            "import asyncio\n"
            "asyncio.get_running_loop().call_later(0.1, NeoAIDockerSpawner.begin, c)\n" + config,
            **kwargs,
        )

    return start


@pytest.fixture
def pooled(engine: docker.APIClient, prefix: str) -> Pooled:
    """The containers of this test's hub that are nobody's and run."""

    def look() -> list[dict[str, Any]]:
        found = engine.containers(filters={"label": f"{POOL}={prefix}"})
        return [each for each in found if each["Names"][0].startswith(f"/{prefix}.warm-")]

    return look
