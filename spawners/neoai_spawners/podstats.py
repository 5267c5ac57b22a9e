"""What the nodes' kubelets tell of pods: memory, processor time, and what claims hold."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Mapping
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import aiohttp
from kubernetes_asyncio.client import CoreV1Api
from traitlets import Enum, Int, Unicode
from traitlets.config import LoggingConfigurable

from .protocols import Meter

PATH = "stats/summary"
KEPT_S = 60.0
"""Kubelets look at volumes once a minute."""
WITHIN_S = 10

log = logging.getLogger("neoai.spawners")


class PodStats(LoggingConfigurable):
    """Asks each node once a minute, for all of its pods."""

    stats_from = Enum(
        ["kubelet", "proxy", ""],
        "kubelet",
        help="""Where memory, processor time and storage in use are asked for. `kubelet`: at each
        node's kubelet, for which the hub needs `get` on `nodes/stats`. `proxy`: through the API
        server, which needs `get` on `nodes/proxy`: with that, the hub can also run commands in
        every pod of the cluster. Empty: nowhere.""",
    ).tag(config=True)

    kubelet_port = Int(10250, help="""The port of the nodes' kubelets.""").tag(config=True)

    kubelet_ca = Unicode(
        "", help="""A file with the authority of the kubelets' certificates; the cluster's own."""
    ).tag(config=True)

    _told: ClassVar[WeakKeyDictionary[Any, dict[str, _Told]]] = WeakKeyDictionary()

    # KubeSpawner's own, which have no types
    api: CoreV1Api
    pvc_name: str

    async def pod_stats(self, pod: Mapping[str, Any]) -> Meter:
        """What the pod uses; what its node does not tell is not known."""
        node = pod.get("spec", {}).get("nodeName")
        if not node or not self.stats_from:
            return Meter()
        nodes = self._told.setdefault(asyncio.get_running_loop(), {})
        told = nodes.get(node)
        if told is None or told.is_old:
            told = nodes[node] = _Told(asyncio.create_task(self._ask(node, pod)))
        return meter(await asyncio.shield(told.asking), pod["metadata"]["uid"], self.pvc_name)

    async def _ask(self, node: str, pod: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            async with asyncio.timeout(WITHIN_S):
                if self.stats_from == "proxy":
                    return await self._by_proxy(node)
                return await self._by_kubelet(pod["status"]["hostIP"])
        except Exception as error:  # asked again in a minute
            log.warning("The node %s does not tell what its pods use: %r", node, error)
            return {}

    async def _by_proxy(self, node: str) -> Mapping[str, Any]:
        reply = await self.api.connect_get_node_proxy_with_path(node, PATH, _preload_content=False)
        reply.raise_for_status()
        summary: Mapping[str, Any] = await reply.json(content_type=None)
        return summary

    async def _by_kubelet(self, address: str) -> Mapping[str, Any]:
        client = self.api.api_client
        headers: dict[str, str] = {}
        await client.update_params_for_auth(headers, [], ["BearerToken"])
        authority = self.kubelet_ca or client.configuration.ssl_ca_cert
        context = ssl.create_default_context(cafile=authority)
        host = f"[{address}]" if ":" in address else address
        url = f"https://{host}:{self.kubelet_port}/{PATH}"
        async with (
            aiohttp.ClientSession(headers=headers, raise_for_status=True) as session,
            session.get(url, ssl=context) as reply,
        ):
            summary: Mapping[str, Any] = await reply.json(content_type=None)
            return summary


class _Told:
    def __init__(self, asking: asyncio.Task[Mapping[str, Any]]) -> None:
        self.asking = asking
        self._at = time.monotonic()

    @property
    def is_old(self) -> bool:
        return time.monotonic() - self._at >= KEPT_S


def meter(summary: Mapping[str, Any], uid: str, claim: str) -> Meter:
    """What a kubelet's summary says of one pod and of what its claim holds."""
    for pod in summary.get("pods") or []:
        if pod.get("podRef", {}).get("uid") != uid:
            continue
        used = [
            volume["usedBytes"]
            for volume in pod.get("volume") or []
            if (volume.get("pvcRef") or {}).get("name") == claim and "usedBytes" in volume
        ]
        nanoseconds = (pod.get("cpu") or {}).get("usageCoreNanoSeconds")
        return Meter(
            volumes={claim: used[0]} if used else {},
            memory_bytes=(pod.get("memory") or {}).get("workingSetBytes"),
            cpu_seconds=None if nanoseconds is None else nanoseconds / 1e9,
        )
    return Meter()
