"""The API server that the tests of pods run against: as strict as Kubernetes' own."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from kubernetes_asyncio import config, watch
from kubernetes_asyncio.client import ApiClient, ApiException, Configuration, CoreV1Api

from tests.fakes.kube import Cluster, admission

WAIT = [sys.executable, "-c", "import time; time.sleep(60)"]
LOCKED = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def pod(name: str = "ann", command: list[str] = WAIT, **spec: Any) -> dict[str, Any]:
    """A pod's body, as the restricted standard asks."""
    container = {
        "name": "notebook",
        "image": "neoai:1",
        "command": command,
        "securityContext": LOCKED,
        "resources": spec.pop("resources", {}),
    }
    return {
        "metadata": {"name": name, "labels": {"component": "singleuser-server"}},
        "spec": {"containers": [container], "restartPolicy": "Never", **spec},
    }


def asking(cluster: Cluster, work: Callable[[CoreV1Api], Awaitable[Any]], token: str = "") -> Any:
    """What `work` gets of the cluster, by the client that KubeSpawner has."""

    async def ask() -> Any:
        settings = Configuration()
        await config.load_kube_config(str(cluster.kubeconfig), client_configuration=settings)
        if token:
            settings.api_key["BearerToken"] = f"Bearer {token}"
        async with ApiClient(settings) as client:
            return await work(CoreV1Api(client))

    return asyncio.run(ask())


def refused(cluster: Cluster, work: Callable[[CoreV1Api], Awaitable[Any]], token: str = "") -> Any:
    """The status and the words with which `work` is refused."""
    with pytest.raises(ApiException) as caught:
        asking(cluster, work, token)
    return caught.value.status, str(caught.value.body)


def phase(cluster: Cluster, name: str = "ann") -> str:
    found: str = cluster.get("pods", name)["status"]["phase"]
    return found


def container(cluster: Cluster, name: str = "ann") -> Any:
    return (cluster.get("pods", name)["status"].get("containerStatuses") or [{}])[0]


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"no_such_field": 1}, 400, "unknown field"),
        ({"containers": []}, 422, "containers"),
        ({"hostNetwork": True}, 403, "violates PodSecurity"),
        ({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, 403, "hostPath"),
        ({"resources": {"limits": {"memory": "lots"}}}, 422, "quantities must match"),
        (
            {"resources": {"limits": {"cpu": "1"}, "requests": {"cpu": "2"}}},
            422,
            "less than or equal to limit",
        ),
        ({"resources": {"limits": {"nvidia.com/gpu": "0.5"}}}, 422, "must be an integer"),
    ],
)
def test_a_body_that_a_cluster_would_refuse_is_refused(
    cluster: Cluster, wrong: dict[str, Any], status: int, said: str
) -> None:
    body = pod(**wrong)

    found, words = refused(cluster, lambda api: api.create_namespaced_pod("hub", body))

    assert (found, said in words) == (status, True), words
    assert not cluster.names("pods")


def test_names_are_checked_and_taken_once(cluster: Cluster) -> None:
    async def twice(api: CoreV1Api) -> None:
        await api.create_namespaced_pod("hub", pod())
        await api.create_namespaced_pod("hub", pod())

    bad = refused(cluster, lambda api: api.create_namespaced_pod("hub", pod("Ann_B")))
    nowhere = refused(cluster, lambda api: api.create_namespaced_pod("moon", pod()))
    taken = refused(cluster, twice)
    unknown = refused(cluster, lambda api: api.read_namespaced_pod("bob", "hub"))
    stranger = refused(cluster, lambda api: api.list_namespaced_pod("hub"), token="another")

    assert bad[0] == 422
    assert (taken[0], "AlreadyExists" in taken[1]) == (409, True)
    assert (unknown[0], nowhere[0], stranger[0]) == (404, 404, 401)


def test_an_update_of_what_has_changed_since_is_a_conflict(cluster: Cluster) -> None:
    async def late(api: CoreV1Api) -> None:
        secret = {"metadata": {"name": "s"}, "stringData": {"a": "1"}}
        first = await api.create_namespaced_secret("hub", secret)
        await api.patch_namespaced_secret(
            "s", "hub", {"stringData": {"a": "2"}}, _content_type="application/merge-patch+json"
        )
        await api.replace_namespaced_secret("s", "hub", first)

    status, words = refused(cluster, late)

    assert (status, "has been modified" in words) == (409, True)
    assert cluster.get("secrets", "s")["stringData"] == {"a": "2"}


def test_a_quota_of_the_namespace_refuses_with_what_is_used(cluster: Cluster) -> None:
    cluster.limit(pods="1")

    async def two(api: CoreV1Api) -> None:
        await api.create_namespaced_pod("hub", pod("ann"))
        await api.create_namespaced_pod("hub", pod("bob"))

    status, words = refused(cluster, two)

    assert status == 403
    assert "exceeded quota: cluster-quota, requested: pods=1, used: pods=1, limited: pods=1" in (
        words
    )


def test_a_watch_resumes_where_it_was_and_says_when_it_cannot(cluster: Cluster) -> None:
    async def follow(api: CoreV1Api, since: str) -> list[tuple[str, str]]:
        seen = []
        stream = watch.Watch().stream(
            api.list_namespaced_pod,
            "hub",
            label_selector="component=singleuser-server",
            resource_version=since,
            timeout_seconds=1,
            allow_watch_bookmarks=True,
        )
        async for event in stream:
            seen.append((event["type"], event["raw_object"]["metadata"].get("name", "")))
        return seen

    async def work(api: CoreV1Api) -> Any:
        before = (await api.list_namespaced_pod("hub")).metadata.resource_version
        made = await api.create_namespaced_pod("hub", pod())
        all_of_it = await follow(api, before)
        since = await follow(api, made.metadata.resource_version)
        cluster.store.compact()
        with pytest.raises(ApiException) as gone:
            await follow(api, before)
        return all_of_it, since, gone.value.status

    all_of_it, since, status = asking(cluster, work)

    assert all_of_it[0] == ("ADDED", "ann")
    assert ("MODIFIED", "ann") in all_of_it
    assert all_of_it[-1] == ("BOOKMARK", "")
    assert ("ADDED", "ann") not in since
    assert status == 410


def test_a_pod_is_a_process_that_has_its_grace_and_is_gone_then(
    cluster: Cluster, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    lingers = (
        "import pathlib, signal, time; signal.signal(signal.SIGTERM, lambda *_: None); "
        f"pathlib.Path({str(ready)!r}).touch(); time.sleep(60)"
    )
    asking(
        cluster,
        lambda api: api.create_namespaced_pod("hub", pod(command=[sys.executable, "-c", lingers])),
    )
    cluster.until(lambda: phase(cluster) == "Running", "it runs")
    cluster.until(ready.exists, "it minds no SIGTERM")
    process = cluster.kubelet.pod("ann").process
    assert process is not None
    started = time.monotonic()

    asking(cluster, lambda api: api.delete_namespaced_pod("ann", "hub", grace_period_seconds=1))
    leaving = cluster.get("pods", "ann")["metadata"]
    cluster.until(lambda: not cluster.names("pods"), "it is gone")

    assert leaving["deletionGracePeriodSeconds"] == 1
    assert time.monotonic() - started >= 1
    assert process.poll() is not None


def test_how_a_pod_ends_is_told_as_a_kubelet_tells_it(cluster: Cluster) -> None:
    def end(name: str, code: str, **more: Any) -> Any:
        body = pod(name, [sys.executable, "-c", code], **more)
        asking(cluster, lambda api: api.create_namespaced_pod("hub", body))
        cluster.until(lambda: phase(cluster, name) in ("Succeeded", "Failed"), "it has ended")
        admission.check_schema(cluster.get("pods", name))
        ended = container(cluster, name)["state"]["terminated"]
        return phase(cluster, name), ended["reason"], ended["exitCode"]

    greedy = "x = b'x' * (1 << 28); import time; time.sleep(60)"
    small = {"resources": {"limits": {"memory": "64Mi"}}}

    assert end("well", "pass") == ("Succeeded", "Completed", 0)
    assert end("ill", "raise SystemExit(3)") == ("Failed", "Error", 3)
    assert end("greedy", greedy, **small) == ("Failed", "OOMKilled", 137)


def test_a_pod_is_started_again_where_its_policy_says_so(cluster: Cluster) -> None:
    body = pod(command=[sys.executable, "-c", "raise SystemExit(3)"], restartPolicy="OnFailure")
    asking(cluster, lambda api: api.create_namespaced_pod("hub", body))

    cluster.until(lambda: container(cluster).get("restartCount", 0) > 1, "it is started again")

    assert phase(cluster) == "Running"


def test_what_keeps_a_pod_from_running_is_told(cluster: Cluster) -> None:
    cluster.lose_image("neoai:1")
    many = {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}}

    async def two(api: CoreV1Api) -> None:
        await api.create_namespaced_pod("hub", pod("ann"))
        await api.create_namespaced_pod("hub", pod("bob", resources=many))

    def waits() -> Any:
        return container(cluster).get("state", {}).get("waiting", {}).get("reason")

    asking(cluster, two)
    cluster.until(lambda: waits() == "ImagePullBackOff", "the image is not to be had")
    condition = cluster.until(
        lambda: cluster.get("pods", "bob")["status"].get("conditions"), "it has no place"
    )[0]

    assert condition["reason"] == "Unschedulable"
    assert "Insufficient nvidia.com/gpu" in condition["message"]
    events = [cluster.get("events", name) for name in cluster.names("events")]
    for event in events:
        admission.check_schema(event)
    assert {"FailedScheduling", "Failed", "Pulling"} <= {event["reason"] for event in events}

    cluster.add_node("gpu-1", nvidia_com_gpu="1")
    cluster.kubelet.missing_images.clear()
    for name in ("ann", "bob"):
        cluster.until(lambda name=name: phase(cluster, name) == "Running", "they run then")
    assert cluster.get("pods", "bob")["spec"]["nodeName"] == "gpu-1"


def test_an_evicted_pod_says_so(cluster: Cluster) -> None:
    asking(cluster, lambda api: api.create_namespaced_pod("hub", pod()))
    cluster.until(lambda: phase(cluster) == "Running", "it runs")

    cluster.evict("ann")
    cluster.until(lambda: phase(cluster) == "Failed", "it is evicted")

    assert cluster.get("pods", "ann")["status"]["reason"] == "Evicted"


def test_faults_come_on_command(cluster: Cluster) -> None:
    async def listed(api: CoreV1Api) -> Any:
        return await api.list_namespaced_pod("hub")

    async def cut_in_the_middle(api: CoreV1Api) -> None:
        stream = watch.Watch().stream(
            api.list_namespaced_pod, "hub", resource_version="1", timeout_seconds=5
        )
        async for _ in stream:
            pass

    cluster.fault(verb="list", resource="pods", code=500)
    assert refused(cluster, listed)[0] == 500
    cluster.fault(verb="create", code=409)
    assert refused(cluster, lambda api: api.create_namespaced_pod("hub", pod()))[0] == 409
    cluster.fault(verb="list", cut=True, times=2)  # the client tries again once
    with pytest.raises(aiohttp.ClientError):
        asking(cluster, listed)
    cluster.fault(verb="list", slow_s=0.3)
    started = time.monotonic()
    asking(cluster, listed)
    assert time.monotonic() - started >= 0.3
    cluster.fault(verb="watch", gone=True)
    with pytest.raises(ApiException, match="410"):
        asking(cluster, cut_in_the_middle)
    cluster.fault(verb="watch", cut=True)
    with pytest.raises(aiohttp.ClientError):
        asking(cluster, cut_in_the_middle)
