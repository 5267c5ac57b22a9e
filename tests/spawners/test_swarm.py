"""Services of a swarm of one node: as far as hardened as services can be, and explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import docker
import pytest

from neoai_spawners.names import slug
from neoai_spawners.swarm import WITHOUT
from tests.fakes.hub import Hub
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
SWARM = """
from neoai_spawners.swarm import NeoAISwarmSpawner
c.JupyterHub.spawner_class = NeoAISwarmSpawner
c.NeoAISwarmSpawner.prefix = {prefix!r}
c.NeoAISwarmSpawner.volumes = {{"{{prefix}}-home-{{username}}": "/home/jovyan"}}
c.NeoAISpawner.catalogue = {{"profiles": [
    {{"name": "small", "cpus": 0.5, "memory": "128M", "image": {image!r}}}]}}
"""
GPU = (
    'c.NeoAISpawner.catalogue["profiles"].append({"name": "gpu", "memory": "128M", "gpus": 1,'
    ' "image": c.NeoAISpawner.catalogue["profiles"][0]["image"]})\n'
)


@pytest.fixture
def swarm(engine: docker.APIClient) -> Iterator[docker.APIClient]:
    """The engine as a swarm of one, left again where it was none."""
    alone = engine.info()["Swarm"]["LocalNodeState"] != "active"
    if alone:
        engine.init_swarm(advertise_addr="127.0.0.1", listen_addr="127.0.0.1:2377")
    yield engine
    if alone:
        engine.leave_swarm(force=True)


@pytest.fixture
def swarm_hub(
    swarm: docker.APIClient, small: str, prefix: str, start_hub: StartHub
) -> Iterator[StartHub]:
    gateway = swarm.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"]
    own = SWARM.format(prefix=prefix, image=small)
    yield lambda config="", **kwargs: start_hub(own + config, hub_ip=gateway, **kwargs)
    for service in swarm.services(filters={"name": prefix}):
        swarm.remove_service(service["ID"])


def test_a_server_runs_as_a_service_that_is_hardened_and_gone_when_it_stops(
    swarm_hub: StartHub, swarm: docker.APIClient, prefix: str, ledger: Ledger
) -> None:
    hub = swarm_hub("c.Spawner.args = ['--linger', '2']\n")
    hub.add("ann")

    hub.ready("ann")
    service = swarm.inspect_service(f"{prefix}-{slug('ann')}")["Spec"]["TaskTemplate"]
    (container,) = swarm.containers(filters={"name": prefix})
    host = swarm.inspect_container(container["Id"])["HostConfig"]

    assert service["RestartPolicy"]["Condition"] == "none"
    assert host["LogConfig"] == {
        "Type": "json-file",
        "Config": {"max-size": "10485760", "max-file": "3"},
    }
    assert service["ContainerSpec"]["User"] == "1000:100"
    assert host["CapDrop"] == ["ALL"]
    assert (host["Privileged"], host["IpcMode"], host["PidMode"]) == (False, "private", "")
    assert host["ReadonlyRootfs"] is True
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (128 << 20, 500_000_000, 1024)
    assert hub.environ("ann")["MEM_LIMIT"] == str(128 << 20)

    hub.end("ann")

    assert not swarm.services(filters={"name": prefix})
    assert not swarm.containers(filters={"name": prefix})
    assert not ledger.open()


def test_a_service_that_ends_by_itself_is_explained_and_settled(
    swarm_hub: StartHub, swarm: docker.APIClient, prefix: str, ledger: Ledger
) -> None:
    hub = swarm_hub("c.Spawner.args = ['--hold', str(1 << 30)]\n")
    hub.add("ann")

    hub.spawn("ann")
    hub.gone("ann")

    assert "as happens where memory runs out" in hub.failure("ann")
    assert not swarm.services(filters={"name": prefix})
    assert not ledger.open()


def test_what_a_task_on_the_hubs_own_node_uses_is_metered(
    swarm_hub: StartHub, swarm: docker.APIClient, prefix: str, ledger: Ledger
) -> None:
    hub = swarm_hub(
        "c.NeoAISwarmSpawner.volumes = {"
        f"'{prefix}-home-{{username}}': '/home/jovyan', '{prefix}-shared': '/shared'}}\n"
    )
    hub.add("ann")
    hub.ready("ann")

    hub.until(
        lambda: any(meter["volumes"] for _, _, meter in ledger.calls("heartbeat")), "it is measured"
    )
    meter = ledger.calls("heartbeat")[-1][2]

    assert list(meter["volumes"]) == [f"{prefix}-home-{slug('ann')}"]
    assert meter["memory_bytes"] > 1 << 20
    assert meter["cpu_seconds"] > 0


def test_a_leased_gpu_is_named_to_the_runtime_and_its_node_is_chosen(
    swarm_hub: StartHub, swarm: docker.APIClient, prefix: str, ledger: Ledger
) -> None:
    hub = swarm_hub(GPU)
    ledger.add_devices("H100", "GPU-1", node=swarm.info()["Name"])
    hub.add("ann")

    hub.ready("ann", {"profile": "gpu"})
    task = swarm.inspect_service(f"{prefix}-{slug('ann')}")["Spec"]["TaskTemplate"]

    assert hub.environ("ann")["NVIDIA_VISIBLE_DEVICES"] == "GPU-1"
    assert task["Placement"]["Constraints"] == [f"node.hostname=={swarm.info()['Name']}"]
    assert "Reservations" not in task["Resources"]
    hub.end("ann")
    assert ledger.holders() == {"GPU-1": None}


def test_a_server_that_its_node_gives_no_gpu_says_so_on_the_spawn_page(
    swarm_hub: StartHub, swarm: docker.APIClient, prefix: str, ledger: Ledger
) -> None:
    assert swarm.info()["DefaultRuntime"] == "runc"
    hub = swarm_hub(GPU + "c.Spawner.args = ['--after', '5']\n")
    ledger.add_devices("H100", "GPU-1", "GPU-2")
    hub.add("ann", "bob")

    hub.spawn("ann", {"profile": "gpu"}).raise_for_status()  # it is on its way after 3 seconds
    said = [event["message"] for event in hub.progress("ann")]
    hub.ready("bob", {"profile": "small"})

    assert WITHOUT in said
    assert hub.log().count(WITHOUT) == 1
