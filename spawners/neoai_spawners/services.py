"""JupyterHub's SwarmSpawner, hardened as far as a swarm's services can be."""

from __future__ import annotations

import asyncio
from typing import Any

from docker.errors import NotFound
from docker.types import EndpointSpec
from dockerspawner import SwarmSpawner
from traitlets import default

from .base import EngineSpawner
from .engine import EngineGone

GOING = {"new", "pending", "assigned", "accepted", "preparing", "ready", "starting"}
LOOK_EVERY = 0.2
GONE_WITHIN = 30.0


class ServiceSpawner(EngineSpawner, SwarmSpawner):
    """Services of one task each, which the swarm never starts again by itself."""

    task_at_end: dict[str, Any] | None = None

    @default("network_name")
    def _no_network(self) -> str:
        return ""

    @default("use_internal_ip")
    def _by_published_port(self) -> bool:
        return False

    @property
    def mounts(self) -> list[dict[str, Any]]:
        """Volumes by name, or folders of the node."""
        found: list[dict[str, Any]] = [
            {
                "Type": "bind" if source.startswith("/") else "volume",
                "Source": source,
                "Target": volume["bind"],
                "ReadOnly": volume["mode"] == "ro",
            }
            for source, volume in self.volume_binds.items()
        ]
        for each in found:
            if self.volume_size and each["Type"] == "volume" and each["Source"] in self.own_volumes:
                driver = {"Name": "local", "Options": self.volume_size}
                each["VolumeOptions"] = {"DriverConfig": driver}
        return found

    def hardened(self, create: dict[str, Any]) -> dict[str, Any]:
        """What is asked of the swarm, with everything that must hold put over it."""
        task = create["task_template"]
        memory = {
            "Type": "tmpfs",
            "Target": "/tmp",  # noqa: S108
            "TmpfsOptions": {"SizeBytes": self.tmp_size, "Mode": 0o1777},
        }
        task["ContainerSpec"] |= {
            "User": self.run_as,
            "ReadOnly": True,
            "Init": True,
            "CapabilityAdd": [],
            "CapabilityDrop": ["ALL"],
            "Mounts": [*self.mounts, memory],
        }
        task["Resources"] = {
            "Limits": {
                "NanoCPUs": int(self.cpu_limit * 1e9),
                "MemoryBytes": self.mem_limit,
                "Pids": self.pids_limit,
            },
        }
        task["LogDriver"] = {"Name": "json-file", "Options": self.log_limits}
        task["RestartPolicy"] = {"Condition": "none"}
        # GPUs are named by the environment: a task that asks for generic resources by name, and not
        # for a number of them, is accepted by a swarm and never scheduled.
        nodes = {device.node for device in self.devices if device.node}
        if nodes:
            hosts = [f"node.hostname=={node}" for node in sorted(nodes)]
            task["Placement"] = {"Constraints": hosts}
        # Published on the task's own node: a virtual address needs more than some engines have.
        endpoint = EndpointSpec(mode="dnsrr")
        endpoint["Ports"] = [{"Protocol": "tcp", "TargetPort": self.port, "PublishMode": "host"}]
        return {**create, "endpoint_spec": endpoint}

    async def start_object(self) -> None:
        """Wait until the task runs, or has ended."""
        while True:
            task = await self.get_task()
            if task is None or task["Status"]["State"] not in GOING:
                break
            self.scheduled(task["Status"])
            await asyncio.sleep(LOOK_EVERY)
        if task is None or task["Status"]["State"] != "running":
            self.task_at_end = task
            raise RuntimeError("the task has ended")

    def scheduled(self, status: dict[str, Any]) -> None:
        """Hear what the swarm does with the task."""

    async def get_ip_and_port(self) -> tuple[str, int]:
        """The address of the node, and the port that it has published."""
        while True:
            task = await self.get_task()
            if task is None or task["Status"]["State"] != "running":
                self.task_at_end = task
                raise RuntimeError("the task has ended")
            ports = task["Status"].get("PortStatus", {}).get("Ports") or []
            if ports:
                node = await self.docker("inspect_node", task["NodeID"])
                return node["Status"]["Addr"], ports[0]["PublishedPort"]
            await asyncio.sleep(LOOK_EVERY)

    async def poll(self) -> Any:
        """None while the task is on its way or runs, or where nobody can say."""
        try:
            task = await self.get_task()
        except EngineGone:
            if not self.object_id:
                raise
            return None
        self.task_at_end = task
        if task is None:
            return 0
        state = task["Status"]["State"]
        if state == "running" or state in GOING:
            return None
        return task["Status"].get("ContainerStatus", {}).get("ExitCode", 1)

    async def remove_object(self) -> None:
        """Remove the service, and return when its container is gone too."""
        tasks = await self.docker("tasks", filters={"service": self.object_id})
        await super().remove_object()
        for task in tasks:
            await self._until_over(task["ID"])

    async def _until_over(self, task: str) -> None:
        for _ in range(int(GONE_WITHIN / LOOK_EVERY)):
            try:
                state = (await self.docker("inspect_task", task))["Status"]["State"]
            except NotFound:
                return
            if state != "running" and state not in GOING:
                return
            await asyncio.sleep(LOOK_EVERY)
        self.log.warning("The task %s of a removed service is still there", task)
