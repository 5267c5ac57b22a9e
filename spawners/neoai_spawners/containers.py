"""JupyterHub's DockerSpawner, hardened: what a container may do is put over every other setting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

from docker import APIClient
from docker.errors import APIError, NotFound
from docker.tls import TLSConfig
from docker.types import DeviceRequest
from docker.utils import kwargs_from_env
from dockerspawner import DockerSpawner
from jupyterhub.traitlets import ByteSpecification
from traitlets import Int, Unicode, default

from .engine import NETWORK, Engine, EngineGone, prepare_network, pull
from .names import slug
from .protocols import Device

LABEL = "ai.neoai.image"
CPU_PERIOD = 100_000
"""Microseconds, Docker's default."""


class NoNeoAI(Exception):
    """The image was not made from NeoAI's."""


class ContainerSpawner(DockerSpawner):
    """Containers without capabilities, privileges, a writable root, or a way to one another."""

    run_as = Unicode(
        "1000:100", help="""The user and group of every container, as numbers; never root."""
    ).tag(config=True)

    pids_limit = Int(1024, min=16, help="""The most processes and threads of a container.""").tag(
        config=True
    )

    tmp_size = ByteSpecification(
        "1G", help="""Bytes of /tmp, which lies in the container's memory."""
    ).tag(config=True)

    _engine: ClassVar[Engine | None] = None

    # DockerSpawner's own, which have no types
    image: str
    object_id: str
    object_name: str
    network_name: str
    environment: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.devices: Sequence[Device] = ()
        self.state_at_end: dict[str, Any] | None = None
        self._last_call: Future[Any] | None = None
        super().__init__(*args, **kwargs)
        self.own_image = self.image  # as configured: hooks come later

    @default("image")
    def _neoai(self) -> str:
        return "neoai:cpu"

    @default("network_name")
    def _own_network(self) -> str:
        return NETWORK

    @default("use_internal_ip")
    def _by_published_port(self) -> bool:
        return False

    @default("remove")
    def _never_resumed(self) -> bool:
        return True

    @default("prefix")
    def _own_prefix(self) -> str:
        return "neoai"

    @default("volumes")
    def _home_volume(self) -> dict[str, str]:
        return {"neoai-home-{username}": "/home/jovyan"}

    @default("escape")
    def _slug(self) -> Callable[[str], str]:
        return slug

    def template_namespace(self) -> dict[str, str]:
        """DockerSpawner's, with server names kept apart that differ by case only."""
        names: dict[str, str] = super().template_namespace()
        return {**names, "servername": slug(self.name) if self.name else ""}

    # --- calls of the engine

    @property
    def engine(self) -> Engine:
        """The engine that all spawners of the hub share."""
        if ContainerSpawner._engine is None:
            ContainerSpawner._engine = Engine(self._connect)
        return ContainerSpawner._engine

    def _connect(self) -> APIClient:
        tls = {"tls": TLSConfig(**self.tls_config)} if self.tls_config else {}
        settings = {"version": "auto", **tls, **kwargs_from_env(), **self.client_kwargs}
        return APIClient(**settings)

    @property
    def client(self) -> APIClient:
        """This thread's client."""
        return self.engine.client

    def docker(self, method: str, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """Call the engine. What makes the user's container is hardened here, after everything."""
        if method == "create_container" and kwargs.get("name") == self.object_name:
            kwargs = self.hardened(kwargs)
        self._last_call = self.engine.submit(method, *args, **kwargs)
        return asyncio.wrap_future(self._last_call)

    async def get_object(self) -> Any:
        """The container; None only where the engine says that there is none."""
        try:
            container = await self.docker("inspect_container", self.object_name)
        except NotFound:
            self.object_id = ""
            return None
        except APIError as error:
            if not error.is_server_error():
                raise
            raise EngineGone(str(error)) from error
        self.object_id = container["Id"]
        return container

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
            return await super().start()
        except asyncio.CancelledError:
            await asyncio.shield(self._abandon())
            raise

    async def _abandon(self) -> None:
        if self._last_call is not None:
            await asyncio.wait([asyncio.wrap_future(self._last_call)])
        try:
            await self.docker("remove_container", self.object_name, v=True, force=True)
        except (APIError, EngineGone) as error:
            self.log.info("Nothing of %s is left to remove: %s", self.object_name, error)

    # --- what is started

    async def pull_image(self, image: str) -> None:
        """Make the network ready, fetch the image where it has to be, and see that it is ours."""
        name = self.network_name
        await self._work(lambda client: prepare_network(client, name))
        if not await self._is_here(image):
            if self.pull_policy == "never":
                raise NotFound(f"{image} is not here, and is not to be fetched")
            await self._pull(image)
        labels = (await self.docker("inspect_image", image))["Config"].get("Labels") or {}
        if LABEL not in labels:
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

    async def _work(self, work: Callable[[APIClient], Any]) -> Any:
        self._last_call = self.engine.run(work)
        return await asyncio.wrap_future(self._last_call)

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
