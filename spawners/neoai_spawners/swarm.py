"""Servers as services of a Docker Swarm."""

from __future__ import annotations

from typing import Any

from .docker import KILLED, NOT_FOUND, OnEngine
from .protocols import Meter
from .services import ServiceSpawner

WITHOUT = (
    "This machine's container engine has no NVIDIA runtime as its default: the server starts, and "
    "sees no GPU. Its admin has to set it up."
)


class NeoAISwarmSpawner(OnEngine, ServiceSpawner):
    """Services with profiles, quotas and leases."""

    async def start_object(self) -> None:
        """Wait until the task runs; a swarm never says itself that it runs without its GPU."""
        if self.devices:
            await self._say_what_is_missing()
        await super().start_object()

    async def _say_what_is_missing(self) -> None:
        """Of the node whose engine the hub has: others do not tell of their runtimes."""
        here = await self.docker("info")
        nodes = {device.node for device in self.devices} - {"", here.get("Name")}
        if not nodes and "nvidia" not in here.get("DefaultRuntime", "nvidia"):
            self.log.warning("%s: %s", self._log_name, WITHOUT)
            self.told.tell(WITHOUT, 30)

    def scheduled(self, status: dict[str, Any]) -> None:
        """Show on the spawn page what the swarm does with the task."""
        why = f": {status['Err']}" if status.get("Err") else ""
        self.told.tell(f"The swarm has the server ({status['State']}{why})", 40)

    async def measure(self) -> Meter:
        """As with Docker, where the task runs on the node whose engine the hub has; of a task on
        another node no engine tells the hub what it uses."""
        task = await self.get_task()
        swarm = (await self.docker("info"))["Swarm"]
        if task is None or task.get("NodeID") != swarm["NodeID"]:
            return Meter()
        return await self.measured_by_engine(task["Status"]["ContainerStatus"]["ContainerID"])

    async def why_ended(self, status: object) -> str:
        """The task's own status says what a node knows."""
        task = self.task_at_end
        if task is None:
            return "Your server's service was removed from outside the hub."
        if status == KILLED:
            return (
                "Your server was killed, as happens where memory runs out: its profile allows "
                f"{self.memory_allowed}."
            )
        said = task["Status"].get("Err")
        if said and status != NOT_FOUND:
            return f"Your server's task ended: {said}."
        return await super().why_ended(status)
