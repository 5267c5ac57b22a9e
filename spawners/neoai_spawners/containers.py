"""JupyterHub's DockerSpawner, hardened: what a container may do is put over every other setting."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from docker.errors import APIError, NotFound
from docker.types import DeviceRequest
from traitlets import default

from .base import EngineSpawner
from .engine import NETWORK, EngineGone, prepare_network, pull

LABEL = "ai.neoai.image"
CPU_PERIOD = 100_000
"""Microseconds, Docker's default."""


class NoNeoAI(Exception):
    """The image was not made from NeoAI's."""


class ContainerSpawner(EngineSpawner):
    """Containers without capabilities, privileges, a writable root, or a way to one another."""

    state_at_end: dict[str, Any] | None = None
    image_here: dict[str, Any]
    """What the engine says of the image, once it is fetched."""

    @default("network_name")
    def _own_network(self) -> str:
        return NETWORK

    @default("use_internal_ip")
    def _by_published_port(self) -> bool:
        return False

    async def poll(self) -> Any:
        """None while it runs, or where nobody can say whether it does; else its exit status."""
        try:
            container = await self.get_object()
        except EngineGone:
            if not self.object_id:
                raise
            self.log.warning("The engine does not answer about %s", self.object_name)
            return None
        if container is None:
            self.state_at_end = None
            return 0
        state = container["State"]
        if state["Running"]:
            return None
        self.state_at_end = state
        return state["ExitCode"]

    async def start(self) -> Any:
        """Start the container; one whose start is given up is removed, whatever was on its way."""
        try:
            await self._make_volumes()
            return await super().start()
        except asyncio.CancelledError:
            await asyncio.shield(self._abandon())
            raise

    async def _make_volumes(self) -> None:
        """Make the user's own volumes, where they are to be limited and are not there."""
        if not self.volume_size:
            return
        for name in self.own_volumes:
            if name.startswith("/"):
                continue  # a folder of the host
            try:
                await self.docker("inspect_volume", name)
            except NotFound:
                await self.docker("create_volume", name, "local", self.volume_size)

    async def _abandon(self) -> None:
        if self._last_call is not None:
            await asyncio.wait([asyncio.wrap_future(self._last_call)])
        try:
            await self.remove_by_force()
        except (APIError, EngineGone) as error:
            self.log.info("Nothing of %s is left to remove: %s", self.object_name, error)

    async def remove_by_force(self) -> None:
        """Kill and remove the container; one that is not there is as good as removed."""
        with contextlib.suppress(NotFound):
            await self.docker("remove_container", self.object_name, v=True, force=True)

    # --- what is started

    async def pull_image(self, image: str) -> None:
        """Make the network ready, fetch the image where it has to be, and see that it is ours."""
        name = self.network_name
        await self._work(lambda client: prepare_network(client, name))
        if not await self._is_here(image):
            if self.pull_policy == "never":
                raise NotFound(f"{image} is not here, and is not to be fetched")
            await self._pull(image)
        self.image_here = await self.docker("inspect_image", image)
        if LABEL not in (self.image_here["Config"].get("Labels") or {}):
            raise NoNeoAI(image)

    async def _is_here(self, image: str) -> bool:
        if self.pull_policy == "always":
            return False
        try:
            await self.docker("inspect_image", image)
        except NotFound:
            return False
        return True

    async def _pull(self, image: str) -> None:
        loop = asyncio.get_running_loop()

        def tell(percent: int) -> None:
            loop.call_soon_threadsafe(self.pulled, image, percent)

        self.pulled(image, 0)
        await self._work(lambda client: pull(client, image, tell))

    def pulled(self, image: str, percent: int) -> None:
        """Hear how much of an image has come."""

    def hardened(self, create: dict[str, Any]) -> dict[str, Any]:
        """What is asked of the engine, with everything that must hold put over it.

        No SecurityOpt but ours: the engine's default seccomp and AppArmor profiles stay.
        """
        host = dict(create["host_config"])
        host |= {
            "AutoRemove": False,  # or nobody could say afterwards why it ended
            "Init": True,
            "Privileged": False,
            "CapAdd": [],
            "CapDrop": ["ALL"],
            "SecurityOpt": ["no-new-privileges"],
            "ReadonlyRootfs": True,
            "Tmpfs": self._tmpfs(),
            "PidsLimit": self.pids_limit,
            "LogConfig": {"Type": "json-file", "Config": self.log_limits},
            "Memory": self.mem_limit,
            "MemorySwap": self.mem_limit,
            "CpuPeriod": CPU_PERIOD,
            "CpuQuota": int(self.cpu_limit * CPU_PERIOD),
            "NetworkMode": self.network_name,
            "IpcMode": "private",
            "PidMode": "",
            "UTSMode": "",
            "Devices": [],
            "DeviceRequests": self._device_requests(),
        }
        return {**create, "user": self.run_as, "host_config": host}

    def _tmpfs(self) -> dict[str, str]:
        return {"/tmp": f"rw,exec,nosuid,nodev,mode=1777,size={self.tmp_size}"}  # noqa: S108

    def _device_requests(self) -> list[DeviceRequest]:
        if not self.devices:
            return []
        ids = [device.id for device in self.devices]
        return [DeviceRequest(driver="nvidia", device_ids=ids, capabilities=[["gpu"]])]
