"""What pods and their claims use, as the nodes' kubelets tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.hub import Hub
from tests.fakes.kube import Cluster
from tests.fakes.ledger import Ledger

StartHub = Callable[..., Hub]
CLAIM = "claim-ann"


def meters(ledger: Ledger) -> list[dict[str, Any]]:
    return [meter for _, _, meter in ledger.calls("heartbeat")]


def asked_at(cluster: Cluster, way: str) -> str:
    return (
        f"c.PodStats.stats_from = {way!r}\nc.PodStats.kubelet_port = {cluster.server.server_port}\n"
    )


@pytest.mark.parametrize("way", ["kubelet", "proxy"])
def test_what_a_pod_and_its_claim_use_is_told_by_its_node(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger, way: str
) -> None:
    (cluster.home(CLAIM) / "large").write_bytes(b"x" * 1_000_000)
    hub = kube_hub(asked_at(cluster, way))
    hub.add("ann")

    hub.ready("ann")
    hub.until(lambda: len(meters(ledger)) > 2, "heartbeats")
    told = meters(ledger)[-1]

    assert list(told["volumes"]) == [CLAIM]
    assert 1_000_000 <= told["volumes"][CLAIM] < 1_100_000
    assert told["memory_bytes"] > 1 << 20
    assert told["cpu_seconds"] == 1.5
    assert cluster.calls("get", "nodes") == (way == "proxy")


def test_a_node_that_tells_nothing_is_asked_once_a_minute_and_holds_nothing_up(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    cluster.without_stats.add("node-a")
    hub = kube_hub(asked_at(cluster, "proxy"))
    hub.add("ann")

    hub.ready("ann")
    hub.until(lambda: len(meters(ledger)) > 2, "heartbeats")

    assert meters(ledger)[-1]["volumes"] == {}
    assert meters(ledger)[-1]["memory_bytes"] is None
    assert cluster.calls("get", "nodes") == 1


def test_the_claim_of_a_deleted_user_is_gone_and_counts_no_more(
    kube_hub: StartHub, cluster: Cluster, ledger: Ledger
) -> None:
    hub = kube_hub()
    hub.add("ann")
    hub.ready("ann")
    hub.end("ann")

    hub.http.delete("/users/ann").raise_for_status()

    hub.until(lambda: ledger.calls("forget_volumes"), "the ledger is told")
    assert ledger.calls("forget_volumes") == [("forget_volumes", "ann", [CLAIM])]
    assert not cluster.names("persistentvolumeclaims")
