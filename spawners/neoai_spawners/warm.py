"""Servers that start in a container which runs already, where the pool has a fitting one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

from docker import APIClient
from docker.errors import APIError, NotFound
from traitlets import Dict, Int
from traitlets.config import Config

from .containers import ContainerSpawner
from .engine import EngineGone
from .mounting import NotMounted, mount
from .pool import Pool, remove, removed_where_it_fails
from .profiles import Catalogue, Profile
from .protocols import Device
from .shapes import Wanted, shape_of

ORDINARY_SHARE = 1024


class WarmSpawner(ContainerSpawner):
    """Containers, some of them started before anybody asks.

    Everything that a start decides is decided as for any other container, the request to the engine
    included. Only then a container is looked for that differs in nothing but what a running one can
    be given: a name, limits, volumes, an environment and arguments. Where there is none, or giving
    fails, the request is sent.
    """

    warm = Dict(
        value_trait=Int(min=0),
        help="""How many containers are kept started and unassigned, by profile. A profile with GPUs
        has none.""",
    ).tag(config=True)

    _pool: ClassVar[Pool | None] = None
    _keeping: ClassVar[asyncio.Task[None] | None] = None

    # JupyterHub's and the spawner's own
    cmd: Any
    config: Config

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._line: bytes | None = None
        super().__init__(*args, **kwargs)

    # --- the pool

    @classmethod
    def begin(cls, config: Config) -> None:
        """Keep containers ready from now on, in the loop that runs; at most one pool a hub. Where
        none are wanted, what an earlier hub kept is removed."""
        if WarmSpawner._pool is not None:
            return
        nobodys = cls(config=config)
        pool = Pool(
            nobodys.engine,
            nobodys.prefix,
            lambda client: cls.wanted(client, config),
            nobodys.log,
        )
        WarmSpawner._pool = pool
        WarmSpawner._keeping = asyncio.get_running_loop().create_task(
            pool.keep() if nobodys.warm else pool.look_after()
        )

    @classmethod
    def wanted(cls, client: APIClient, config: Config) -> Sequence[Wanted]:
        """What the settings say now, of profiles whose image is here."""
        found = []
        for profile in cls(config=config).profiles.profiles:
            nobodys = cls(config=config)
            count = nobodys.warm.get(profile.name, 0)
            if not count or profile.gpus:
                continue
            with contextlib.suppress(NotFound):
                create = nobodys.unassigned(client, profile)
                image = client.inspect_image(create["image"])
                found.append(Wanted(profile.name, count, create, image))
        return found

    @property
    def profiles(self) -> Catalogue:
        """The catalogue that holds now."""
        raise NotImplementedError

    def enforce(self, profile: Profile, devices: Sequence[Device]) -> None:
        """Put the profile's limits over everything else."""
        raise NotImplementedError

    def unassigned(self, client: APIClient, profile: Profile) -> dict[str, Any]:
        """What the engine is asked for a container of this profile that is nobody's."""
        self.enforce(profile, ())
        ports = {} if self.use_internal_ip else {self.port: (self.host_ip,)}
        host = client.create_host_config(network_mode=self.network_name, port_bindings=ports)
        environment = {**profile.environment, "NVIDIA_VISIBLE_DEVICES": "void"}
        create = {
            "image": self.image,
            "environment": environment,
            "ports": {f"{self.port}/tcp": None},
            "host_config": host,
        }
        return self.hardened(create)

    # --- a start

    async def start(self) -> Any:
        """Start the server, in a container that runs already where one fits."""
        self._line = None
        type(self).begin(self.config)
        return await super().start()

    def make(self, create: dict[str, Any]) -> Future[Any]:
        """Take a container that fits, or have the engine make one."""
        pool = self._pool
        if pool is None or self.cmd or not _only_volumes(self.volume_binds):
            return super().make(create)
        container = pool.take(shape_of(self.image_here["Id"], create), create["environment"])
        if container is None:
            return super().make(create)
        made = self.engine.run(lambda client: self._given(client, container, create))
        loop = asyncio.get_running_loop()
        made.add_done_callback(lambda _: loop.call_soon_threadsafe(pool.refill))
        return made

    def _given(self, client: APIClient, container: str, create: dict[str, Any]) -> dict[str, Any]:
        try:
            with removed_where_it_fails(client, container):
                self._give(client, container, create)
            self._line = self._handed_over(create)
            return {"Id": container}
        except (APIError, NotMounted, EngineGone) as error:
            self.log.warning("A container that was kept ready cannot be used: %s", error)
            made: dict[str, Any] = client.create_container(**create)
            return made

    def _give(self, client: APIClient, container: str, create: dict[str, Any]) -> None:
        """Everything but the token: the name first, so that nobody else takes it."""
        client.rename(container, self.object_name)
        found = client.inspect_container(container)
        if not found["State"]["Running"]:
            raise NotMounted("it has ended")
        host = create["host_config"]
        client.update_container(
            container,
            cpu_shares=ORDINARY_SHARE,
            cpu_period=host["CpuPeriod"],
            cpu_quota=host["CpuQuota"],
            mem_limit=host["Memory"],
            memswap_limit=host["MemorySwap"],
        )
        folders = {name: each["bind"] for name, each in self.volume_binds.items()}
        if folders:
            self._keep_volumes(client, create)
            mount(client, self.prefix, found, folders)

    def _handed_over(self, create: dict[str, Any]) -> bytes:
        given = {
            "environment": {name: str(value) for name, value in create["environment"].items()},
            "arguments": self.get_args(),
            "folder": self.image_here["Config"].get("WorkingDir") or "/",
        }
        return json.dumps(given).encode() + b"\n"

    async def start_object(self) -> None:
        """Start the container, or tell the one that runs whose it is."""
        line, self._line = self._line, None
        if line is None:
            await super().start_object()
            return
        container = self.object_id
        await self._work(lambda client: write(client, container, line))

    # --- the volumes

    @property
    def _keeper(self) -> str:
        return f"{self.object_name}.volumes"

    def _keep_volumes(self, client: APIClient, create: dict[str, Any]) -> None:
        """Make a container with the volumes that is never started. The engine makes those that are
        new, filled from the image as for any server, and lets nobody remove them while it is there:
        of volumes mounted later it knows nothing."""
        host = client.create_host_config(binds=self.volume_binds, network_mode="none")
        remove(client, self._keeper)
        client.create_container(
            create["image"],
            name=self._keeper,
            command=["true"],
            user=self.run_as,
            volumes=create["volumes"],
            host_config=host,
        )

    async def remove_object(self) -> None:
        """Remove the container, and what keeps its volumes."""
        await super().remove_object()
        await self.forget_keeper()

    async def remove_by_force(self) -> None:
        """Kill and remove it, whatever state it is in."""
        await super().remove_by_force()
        await self.forget_keeper()

    async def forget_keeper(self) -> None:
        """Remove what keeps the volumes, where there is such a container."""
        keeper = self._keeper
        await self._work(lambda client: remove(client, keeper))


def _only_volumes(binds: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all that is mounted are volumes by name that can be written to."""
    return all(
        not source.startswith("/") and each["mode"] == "rw" and "propagation" not in each
        for source, each in binds.items()
    )


def write(client: APIClient, container: str, line: bytes) -> None:
    """Write to a container's standard input. Raises APIError, EngineGone."""
    attached = client.attach_socket(container, params={"stdin": 1, "stream": 1})
    try:
        getattr(attached, "_sock", attached).sendall(line)
    except OSError as error:
        raise EngineGone(str(error)) from error
    finally:
        attached.close()
