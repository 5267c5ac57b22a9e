"""KubeSpawner's own code, with ours before it, in a real hub: each pod is a process here."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.fakes.hub import Hub
from tests.fakes.kube import Cluster
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
ANN = "jupyter-ann"
GREEDY = "c.Spawner.args = ['--hold', str(1 << 30)]\n"


def test_a_server_is_a_pod_that_is_reached_metered_and_gone_when_it_stops(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")

    hub.ready("ann")
    (pod,) = cluster.names("pods")
    (claim,) = cluster.names("persistentvolumeclaims")
    environment = hub.environ("ann")

    assert pod == ANN
    assert environment["MEM_LIMIT"] == str(256 << 20)
    assert environment["HOME"] == str(cluster.home(claim))
    assert cluster.names("networkpolicies") == ["neoai-servers"]
    hub.until(lambda: ledger.calls("heartbeat"), "it has a heartbeat")

    (cluster.home(claim) / "kept.txt").write_text("kept")
    hub.end("ann")

    assert not cluster.names("pods")
    assert not ledger.open()
    assert cluster.names("persistentvolumeclaims") == [claim]

    hub.ready("ann")
    assert (cluster.home(claim) / "kept.txt").read_text() == "kept"
    assert cluster.names("persistentvolumeclaims") == [claim]


def test_a_pod_with_a_real_jupyter_server_is_ready_and_reached(
    kube_hub: StartHub, cluster: Cluster
) -> None:
    singleuser = [sys.executable, "-m", "jupyterhub.singleuser"]
    hub = kube_hub(
        f"c.KubeSpawner.cmd = {singleuser!r}\n"
        "c.Spawner.args = ['--allow-root']\n"
        "c.NeoAISpawner.catalogue = {'profiles': [{'name': 'small', 'memory': '1G'}]}\n"
    )
    hub.add("ann")

    hub.ready("ann")
    page = hub.browser("ann").get("/user/ann/api/status")

    assert page.json()["kernels"] == 0
    hub.end("ann")
    assert not cluster.names("pods")


def test_the_clusters_events_are_on_the_spawn_page(kube_hub: StartHub, cluster: Cluster) -> None:
    cluster.delete("nodes", "node-a")
    hub = kube_hub("c.Spawner.args = ['--after', '3']\n")  # events are read once a second
    hub.add("ann")
    hub.spawn("ann")

    seen = []
    for event in hub.progress("ann"):
        seen.append(event.get("message", ""))
        if "nodes are available" in seen[-1]:
            cluster.add_node("node-b")

    told = "\n".join(seen)
    for words in ("Starting the server", "Successfully assigned", "Pulling image", "Started"):
        assert words in told
    assert seen[-1].startswith("Server ready")


def test_an_image_that_comes_late_is_waited_for(kube_hub: StartHub, cluster: Cluster) -> None:
    cluster.kubelet.missing_images["neoai:1"] = "the registry does not answer"
    hub = kube_hub()
    hub.add("ann")
    hub.spawn("ann")

    for event in hub.progress("ann"):
        if "Failed to pull" in event.get("message", ""):
            cluster.kubelet.missing_images.clear()

    assert hub.server("ann")["ready"]


def test_a_hub_that_starts_again_keeps_its_pods(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")
    pid = hub.environ("ann")["PID"]

    hub.kill()
    hub.start()

    assert hub.environ("ann")["PID"] == pid
    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats, "its heartbeat goes on")
    assert len(ledger.open()) == 1
    hub.end("ann")
    assert not cluster.names("pods")


def test_a_hub_that_starts_while_the_cluster_is_gone_forgets_no_server(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann", "bob")
    hub.ready("ann")
    hub.ready("bob")

    hub.kill()
    cluster.fault(code=503, times=1_000_000)
    hub.start()
    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats + 3, "heartbeats go on")
    assert hub.server("ann")["ready"]
    assert hub.server("bob")["ready"]
    cluster.faults.clear()

    hub.end("ann")
    hub.end("bob")
    assert not cluster.names("pods")
    assert not ledger.open()


def test_a_pod_that_is_deleted_from_outside_is_noticed_and_settled(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")

    cluster.delete("pods", ANN)
    hub.gone("ann")

    assert not ledger.open()
    page = hub.browser("ann").get("/hub/spawn/ann").text
    assert "removed from outside the hub" in page


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda cluster: cluster.evict(ANN), "evicted: its node ran out of memory or disk"),
        (lambda cluster: _kill(cluster), "ended by itself (status 137)"),
    ],
)
def test_why_a_running_pod_ended_is_told_before_the_next_start(
    kube_hub: StartHub,
    cluster: Cluster,
    ledger: Ledger,
    end: Callable[[Cluster], None],
    said: str,
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")

    end(cluster)
    hub.gone("ann")

    assert said in hub.browser("ann").get("/hub/spawn/ann").text
    assert not cluster.names("pods")
    assert not ledger.open()


def _kill(cluster: Cluster) -> None:
    process = cluster.kubelet.pod(ANN).process
    assert process is not None
    os.killpg(process.pid, signal.SIGKILL)


def test_memory_that_runs_out_is_explained(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub("c.Spawner.args = ['--hold-later', str(1 << 30)]\n")
    hub.add("ann")
    hub.ready("ann")

    httpx.get(f"{hub.url}/user/ann/hold", timeout=5)
    hub.gone("ann")

    page = hub.browser("ann").get("/hub/spawn/ann").text
    assert "ran out of memory and was killed: its profile allows 256 MB" in page
    assert not cluster.names("pods")
    assert not ledger.open()


@pytest.mark.parametrize(
    ("config", "wrong", "said"),
    [
        (GREEDY, lambda _: None, "ran out of memory and was killed"),
        ("c.Spawner.args = ['--exit', '3']\n", lambda _: None, "did not stay"),
        ("", lambda cluster: cluster.lose_image("neoai:1"), "The image neoai:1"),
        ("", lambda cluster: cluster.limit(pods="0"), "requested: pods=1"),
        (
            "",
            lambda cluster: cluster.fault(verb="create", resource="pods", code=500),
            "does not answer",
        ),
    ],
    ids=["memory", "exit", "image", "quota", "error"],
)
def test_why_a_pod_did_not_start_is_told_and_nothing_is_left(
    kube_hub: StartHub,
    cluster: Cluster,
    ledger: Ledger,
    config: str,
    wrong: Callable[[Cluster], None],
    said: str,
) -> None:
    wrong(cluster)
    hub = kube_hub(config)
    hub.add("ann")

    hub.spawn("ann")
    hub.gone("ann")

    assert said in hub.failure("ann")
    assert not cluster.names("pods")
    assert not ledger.open()


def test_no_place_for_a_gpu_is_explained_and_the_lease_given_back(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub("c.Spawner.start_timeout = 5\n")
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")

    hub.spawn("ann", {"profile": "gpu"})
    hub.gone("ann")

    said = hub.failure("ann")
    assert "No node of the cluster has room" in said
    assert "Insufficient nvidia.com/gpu" in said or "didn't match" in said
    assert ledger.holders() == {"GPU-1": None}
    assert not ledger.open()


def test_a_lease_binds_the_pod_to_a_node_with_such_gpus(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    cluster.add_node("gpu-1", {"nvidia.com/gpu.product": "H100"}, nvidia_com_gpu="1")
    hub = kube_hub()
    ledger.add_devices("H100", "GPU-1")
    hub.add("ann")

    hub.ready("ann", {"profile": "gpu"})
    spec = cluster.get("pods", ANN)["spec"]

    assert spec["nodeName"] == "gpu-1"
    assert spec["nodeSelector"] == {"nvidia.com/gpu.product": "H100"}
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"

    hub.end("ann")
    assert ledger.holders() == {"GPU-1": None}


@pytest.mark.parametrize(
    "fault",
    [
        {"verb": "watch", "gone": True, "times": 2},
        {"verb": "watch", "cut": True, "times": 2},
        {"verb": "create", "resource": "pods", "slow_s": 4},
        {"verb": "create", "resource": "networkpolicies", "code": 409},
    ],
    ids=["gone", "cut", "slow", "conflict"],
)
def test_a_start_and_a_stop_survive_what_clusters_do(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger, fault: dict[str, Any]
) -> None:
    hub = kube_hub()
    hub.add("ann")
    met = cluster.fault(**fault)

    hub.ready("ann")
    hub.until(lambda: met.times == 0 or fault["verb"] == "create", "it went wrong")
    hub.end("ann")

    assert not cluster.names("pods")
    assert not ledger.open()


def test_an_old_pod_of_the_same_name_makes_way(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")
    uid = cluster.get("pods", ANN)["metadata"]["uid"]
    hub.kill()
    _forget_server(hub)
    hub.start()

    hub.ready("ann")

    assert cluster.get("pods", ANN)["metadata"]["uid"] != uid
    assert len(cluster.names("pods")) == 1


def _forget_server(hub: Hub) -> None:
    """As a hub whose database comes from a backup knows nothing of a pod that runs."""
    with sqlite3.connect(hub.folder / "hub.sqlite") as db:
        db.execute("UPDATE spawners SET server_id = NULL, state = '{}'")
        db.execute("DELETE FROM servers WHERE base_url LIKE '/user/%'")


def test_a_cluster_that_is_gone_for_a_while_ends_no_server(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")
    cluster.fault(verb="watch", cut=True, times=1000)
    cluster.fault(code=503, times=1000)

    beats = len(ledger.calls("heartbeat"))
    hub.until(lambda: len(ledger.calls("heartbeat")) > beats + 3, "its heartbeats go on")
    hub.add("bob")
    hub.spawn("bob")
    hub.gone("bob")
    said = hub.failure("bob")
    cluster.faults.clear()

    assert "cluster does not answer" in said
    assert hub.environ("ann")["HOME"]
    hub.ready("bob")
