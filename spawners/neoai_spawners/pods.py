"""JupyterHub's KubeSpawner, hardened: what a pod may do is put over every other setting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from kubernetes_asyncio.client import (
    V1Capabilities,
    V1IPBlock,
    V1LabelSelector,
    V1NetworkPolicy,
    V1NetworkPolicyEgressRule,
    V1NetworkPolicyIngressRule,
    V1NetworkPolicyPeer,
    V1NetworkPolicyPort,
    V1NetworkPolicySpec,
    V1ObjectMeta,
    V1PodSecurityContext,
    V1ResourceRequirements,
    V1SeccompProfile,
    V1SecurityContext,
)
from kubernetes_asyncio.client.rest import ApiException
from kubespawner.clients import shared_client
from traitlets import Bool, Dict, Unicode, default

from . import podgpus
from .podstates import SERVER
from .podstats import PodStats
from .podwatch import WatchedSpawner
from .protocols import Device

USER, GROUP = 1000, 100
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
"""What no server reaches but the hub and the cluster's names: other pods, nodes, metadata."""
POLICY = "neoai-servers"
CONFLICT = 409


class PodSpawner(PodStats, WatchedSpawner):
    """Pods that satisfy the `restricted` Pod Security Standard, kept apart by a NetworkPolicy."""

    hub_labels = Dict(
        {"component": "hub"}, help="""Labels of the hub's pods, as Zero to JupyterHub has them."""
    ).tag(config=True)

    proxy_labels = Dict(
        {"component": "proxy"}, help="""Labels of the proxy's pods, which may reach servers."""
    ).tag(config=True)

    isolate = Bool(
        True,
        help="""Make the NetworkPolicy before the first server. False where the cluster's own admin
        has one that keeps servers apart.""",
    ).tag(config=True)

    gpu_resource = Unicode(
        "nvidia.com/gpu",
        help="""The resource of a whole GPU. A MIG slice's kind `H100-1g.10gb` asks for
        `nvidia.com/mig-1g.10gb`.""",
    ).tag(config=True)

    gpu_node_label = Unicode(
        "nvidia.com/gpu.product",
        help="""The nodes' label that names the kind of their GPUs; empty: kinds are not chosen.""",
    ).tag(config=True)

    gpu_node_values = Dict(
        {},
        help="""What that label says of a kind, where it is not the kind itself: the GPU operator's
        nodes have `{"H100": ["NVIDIA-H100-80GB-HBM3", "NVIDIA-H100-PCIe"]}`.""",
    ).tag(config=True)

    # KubeSpawner's own, which have no types
    image: str
    storage_capacity: Any
    extra_resource_limits: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.devices: Sequence[Device] = ()
        self.gpu_kind = ""
        super().__init__(*args, **kwargs)

    @default("image")
    def _neoai(self) -> str:
        return "neoai:cpu"

    @default("storage_pvc_ensure")
    def _with_home(self) -> bool:
        return True

    @default("storage_capacity")
    def _some_storage(self) -> str:
        return "10Gi"

    @default("volumes")
    def _home_and_tmp(self) -> list[dict[str, Any]]:
        return [
            {"name": "home", "persistentVolumeClaim": {"claimName": self.pvc_name}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        ]

    @default("volume_mounts")
    def _where_they_are(self) -> list[dict[str, Any]]:
        return [
            {"name": "home", "mountPath": "/home/jovyan"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        ]

    def hardened(self, pod: Any) -> Any:
        """What is asked of the cluster, with everything that must hold put over it."""
        spec = pod.spec
        spec.host_network = spec.host_pid = spec.host_ipc = False
        spec.automount_service_account_token = False
        spec.enable_service_links = False
        spec.restart_policy = "Never"  # or a server that ran out of memory began again, unexplained
        spec.security_context = V1PodSecurityContext(
            run_as_non_root=True,
            run_as_user=USER,
            run_as_group=GROUP,
            fs_group=GROUP,
            seccomp_profile=V1SeccompProfile(type="RuntimeDefault"),
        )
        for container in [*(spec.init_containers or []), *spec.containers]:
            container.security_context = _locked()
        for container in spec.containers:
            if container.name == SERVER:
                container.resources = self._resources()
        if self.devices:
            podgpus.bind(
                spec, self.devices, self.gpu_kind, self.gpu_node_label, self.gpu_node_values
            )
        return pod

    def _resources(self) -> V1ResourceRequirements:
        own = {"cpu": str(self.cpu_limit), "memory": str(self.mem_limit)}
        asked = {
            "cpu": str(self.cpu_guarantee or self.cpu_limit),
            "memory": str(self.mem_guarantee or self.mem_limit),
        }
        limits = {
            name: str(value)
            for name, value in self.extra_resource_limits.items()
            if "nvidia.com/" not in name
        }
        limits |= podgpus.resources(self.devices, self.gpu_kind, self.gpu_resource)
        return V1ResourceRequirements(limits={**own, **limits}, requests={**asked, **limits})

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        if self.isolate:
            await self.ensure_policy()
        made: bool = await super()._make_create_pod_request(self.hardened(pod), request_timeout)
        return made

    def network_policy(self) -> V1NetworkPolicy:
        """Servers are reached by the hub and the proxy, and reach the hub, names and the world."""
        server = {"component": self.component_label}
        hub = V1NetworkPolicyPeer(pod_selector=V1LabelSelector(match_labels=dict(self.hub_labels)))
        proxy = V1NetworkPolicyPeer(
            pod_selector=V1LabelSelector(match_labels=dict(self.proxy_labels))
        )
        names = [V1NetworkPolicyPort(port=53, protocol=each) for each in ("UDP", "TCP")]
        world = V1NetworkPolicyPeer(ip_block=V1IPBlock(cidr="0.0.0.0/0", _except=list(PRIVATE)))
        return V1NetworkPolicy(
            api_version="networking.k8s.io/v1",
            kind="NetworkPolicy",
            metadata=V1ObjectMeta(name=POLICY, namespace=self.namespace),
            spec=V1NetworkPolicySpec(
                pod_selector=V1LabelSelector(match_labels=server),
                policy_types=["Ingress", "Egress"],
                ingress=[V1NetworkPolicyIngressRule(_from=[hub, proxy])],
                egress=[
                    V1NetworkPolicyEgressRule(to=[hub, proxy]),
                    V1NetworkPolicyEgressRule(ports=names),
                    V1NetworkPolicyEgressRule(to=[world]),
                ],
            ),
        )

    async def ensure_policy(self) -> None:
        """Make the policy where it is not there."""
        api = shared_client("NetworkingV1Api")
        try:
            async with asyncio.timeout(self.k8s_api_request_timeout):
                await api.create_namespaced_network_policy(self.namespace, self.network_policy())
        except ApiException as error:
            if error.status != CONFLICT:
                raise


def _locked() -> V1SecurityContext:
    return V1SecurityContext(
        allow_privilege_escalation=False,
        privileged=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
        capabilities=V1Capabilities(drop=["ALL"]),
        seccomp_profile=V1SeccompProfile(type="RuntimeDefault"),
    )
