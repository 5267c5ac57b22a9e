"""What is asked of a Kubernetes cluster, checked against its own schemas, offline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from kubernetes_asyncio.client import ApiClient
from kubespawner.clients import load_config
from traitlets import HasTraits
from traitlets.config import Config

from neoai_spawners.docker import NeoAIDockerSpawner
from neoai_spawners.ending import Holds
from neoai_spawners.kubernetes import NeoAIKubeSpawner
from neoai_spawners.local import NeoAILocalSpawner
from neoai_spawners.mixin import NeoAISpawner, _form
from neoai_spawners.pods import PRIVATE
from neoai_spawners.protocols import Device
from neoai_spawners.swarm import NeoAISwarmSpawner
from tests.fakes.desk import Desk
from tests.fakes.kube import Cluster

VERSION = "1.34"
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: nowhere
clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
users: [{name: nobody, user: {}}]
"""
PROFILES = [
    {"name": "small", "cpus": 0.5, "memory": "1G", "storage": "20G", "image": "neoai:1"},
    {"name": "gpu", "gpus": 2, "gpu_kind": "H100", "image": "neoai:gpu"},
    {"name": "desk", "gpus": 1, "gpu_kind": "RTX-4090", "image": "neoai:gpu"},
    {"name": "slice", "gpus": 1, "gpu_kind": "H100-1g.10gb", "image": "neoai:gpu"},
]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    path = tmp_path / "kubeconfig"
    path.write_text(KUBECONFIG)
    monkeypatch.setattr(
        "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path)
    )
    settings = Config()
    settings.NeoAISpawner.catalogue = {"profiles": PROFILES}
    settings.KubeSpawner.namespace = "hub"
    settings.PodSpawner.gpu_node_values = {"RTX-4090": ["NVIDIA-GeForce-RTX-4090"]}
    return settings


def asked(config: Config, profile: str, *devices: Device) -> tuple[Any, Mapping[str, Any]]:
    """The spawner, and by kind what it asks of the cluster: each valid by the cluster's schema."""

    async def ask() -> tuple[Any, Mapping[str, Any]]:
        spawner = Desk(NeoAIKubeSpawner, config).spawner("Ann.B")
        chosen = spawner.profiles.choose({"profile": profile}, [])
        spawner.enforce(chosen, devices)
        pod = spawner.hardened(await spawner.get_pod_manifest())
        client = ApiClient()
        made = [pod, spawner.get_pvc_manifest(), spawner.network_policy()]
        bodies = [client.sanitize_for_serialization(each) for each in made]
        await client.close()
        kinds = (("Pod", "v1"), ("PersistentVolumeClaim", "v1"), ("NetworkPolicy", None))
        for body, (kind, version) in zip(bodies, kinds, strict=True):
            body["kind"] = kind
            body["apiVersion"] = version or body["apiVersion"]
            kubernetes_validate.validate(body, VERSION, strict=True)
        return spawner, {body["kind"]: body for body in bodies}

    return asyncio.run(ask())


def test_a_pod_is_as_the_restricted_standard_asks(config: Config) -> None:
    config.KubeSpawner.privileged = True
    config.KubeSpawner.extra_pod_config = {"hostNetwork": True, "hostPID": True}
    config.KubeSpawner.extra_container_config = {
        "securityContext": {"privileged": True, "capabilities": {"add": ["SYS_ADMIN"]}}
    }
    config.KubeSpawner.uid = 0

    spec = asked(config, "small")[1]["Pod"]["spec"]
    (container,) = spec["containers"]

    assert spec["restartPolicy"] == "Never"
    assert (spec["hostNetwork"], spec["hostPID"], spec["hostIPC"]) == (False, False, False)
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 100,
        "fsGroup": 100,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_the_profile_is_the_pods_limits_image_and_volume(config: Config) -> None:
    config.KubeSpawner.mem_limit = "64G"
    config.KubeSpawner.cpu_limit = 64

    bodies = asked(config, "small")[1]
    (container,) = bodies["Pod"]["spec"]["containers"]

    assert container["image"] == "neoai:1"
    assert container["resources"]["limits"] == {"cpu": "0.5", "memory": str(1 << 30)}
    claim = bodies["PersistentVolumeClaim"]["spec"]["resources"]["requests"]
    assert claim == {"storage": str(20 << 30)}
    mounts = {each["mountPath"] for each in container["volumeMounts"]}
    assert mounts == {"/home/jovyan", "/tmp"}


@pytest.mark.parametrize(
    ("profile", "devices", "limits", "selector"),
    [
        (
            "gpu",
            [Device("GPU-1", "H100", "node-a"), Device("GPU-2", "H100", "node-a")],
            {"nvidia.com/gpu": "2"},
            {"kubernetes.io/hostname": "node-a"},
        ),
        (
            "gpu",
            [Device("a", "H100")] * 2,
            {"nvidia.com/gpu": "2"},
            {"nvidia.com/gpu.product": "H100"},
        ),
        (
            "slice",
            [Device("MIG-1", "H100-1g.10gb")],
            {"nvidia.com/mig-1g.10gb": "1"},
            {"nvidia.com/gpu.product": "H100"},
        ),
        (
            "desk",
            [Device("GPU-3", "RTX-4090")],
            {"nvidia.com/gpu": "1"},
            {"nvidia.com/gpu.product": "NVIDIA-GeForce-RTX-4090"},
        ),
        ("small", [], {}, None),
    ],
)
def test_a_lease_is_resource_limits_and_a_node_selector(
    config: Config,
    profile: str,
    devices: list[Device],
    limits: dict[str, str],
    selector: dict[str, str] | None,
) -> None:
    config.KubeSpawner.extra_resource_limits = {"nvidia.com/gpu": "8"}

    spec = asked(config, profile, *devices)[1]["Pod"]["spec"]
    found = spec["containers"][0]["resources"]["limits"]

    assert {name: value for name, value in found.items() if "nvidia" in name} == limits
    assert spec.get("nodeSelector") == selector


def test_a_kind_of_several_products_is_looked_for_beside_what_an_admin_requires(
    config: Config,
) -> None:
    config.PodSpawner.gpu_node_values = {"H100": ["H100-SXM", "H100-PCIe"]}
    config.KubeSpawner.node_affinity_required = [
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": [zone]}]}
        for zone in ("a", "b")
    ]

    spec = asked(config, "gpu", Device("a", "H100"), Device("b", "H100"))[1]["Pod"]["spec"]

    affinity = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    wanted = {
        "key": "nvidia.com/gpu.product",
        "operator": "In",
        "values": ["H100-SXM", "H100-PCIe"],
    }
    assert [each["matchExpressions"][0]["values"] for each in affinity["nodeSelectorTerms"]] == [
        ["a"],
        ["b"],
    ]
    assert all(wanted in each["matchExpressions"] for each in affinity["nodeSelectorTerms"])


def test_servers_reach_the_hub_and_the_world_and_not_one_another(config: Config) -> None:
    spawner, bodies = asked(config, "small")
    policy = bodies["NetworkPolicy"]["spec"]

    labels = bodies["Pod"]["metadata"]["labels"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    reached_by = [peer["podSelector"]["matchLabels"] for peer in policy["ingress"][0]["from"]]
    assert reached_by == [{"component": "hub"}, {"component": "proxy"}]
    assert {"component": spawner.component_label} not in reached_by
    (world,) = [
        peer["ipBlock"]
        for rule in policy["egress"]
        for peer in rule.get("to", [])
        if "ipBlock" in peer
    ]
    assert world == {"cidr": "0.0.0.0/0", "except": list(PRIVATE)}


def test_the_spawn_page_offers_the_catalogue_and_not_kubespawners_profiles(
    config: Config,
) -> None:
    config.KubeSpawner.profile_list = [
        {"display_name": "evil", "kubespawner_override": {"privileged": True}}
    ]

    spawner, _ = asked(config, "small")

    assert spawner.options_form is _form
    asyncio.run(spawner.load_user_options())
    assert spawner.privileged is False


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("OOMKilled", "ran out of memory"),
        ("Evicted", "evicted"),
        ("Gone", "removed from outside"),
        ("Error", "status 137"),
    ],
)
def test_why_a_pod_ended_is_said_in_words(config: Config, reason: str, said: str) -> None:
    spawner, _ = asked(config, "small")
    spawner.end_reason = reason

    assert said in asyncio.run(spawner.why_ended(137))


def test_a_watch_that_has_ended_is_begun_anew_and_nothing_is_concluded_meanwhile(
    cluster: Cluster, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "kubernetes_asyncio.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION",
        str(cluster.kubeconfig),
    )
    load_config.cache_clear()

    async def look() -> list[Any]:
        spawner = Desk(NeoAIKubeSpawner, config).spawner("ann")
        seen = [await spawner.poll_below()]
        spawner.pod_reflector.watch_task.cancel()
        await asyncio.wait([spawner.pod_reflector.watch_task])
        cluster.fault(verb="list", resource="pods", code=503, times=2)
        seen += [await spawner.poll_below() for _ in range(3)]
        await NeoAIKubeSpawner._stop_all_reflectors()
        await spawner.api.api_client.close()
        return seen

    try:
        assert asyncio.run(look()) == [1, None, None, 1]
    finally:
        load_config.cache_clear()


@pytest.mark.parametrize(
    "spawner",
    [NeoAIKubeSpawner, NeoAIDockerSpawner, NeoAISwarmSpawner, NeoAILocalSpawner],
)
def test_no_private_name_of_the_mixin_hides_one_of_the_spawner_below(spawner: type) -> None:
    ours = set(vars(NeoAISpawner)) | set(vars(Holds))
    below = [each for each in spawner.__mro__ if each not in NeoAISpawner.__mro__]
    theirs = set().union(*(vars(each) for each in below))

    hidden = {name for name in ours & theirs if name.startswith("_") and not name.endswith("__")}

    assert hidden <= set(dir(HasTraits))


def test_a_schema_refuses_what_a_cluster_would(config: Config) -> None:
    pod = asked(config, "small")[1]["Pod"]
    pod["spec"]["containers"][0]["no-such-field"] = datetime.now(UTC).isoformat()

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(pod, VERSION, strict=True)
