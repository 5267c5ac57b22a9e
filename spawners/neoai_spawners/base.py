"""What the spawners over a Docker engine share: its calls, and the names of what they start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, ClassVar

from docker import APIClient
from docker.errors import APIError, NotFound
from docker.tls import TLSConfig
from docker.utils import kwargs_from_env
from dockerspawner import DockerSpawner
from jupyterhub.traitlets import ByteSpecification
from traitlets import Bool, Int, Unicode, default

from .engine import Engine, EngineGone
from .names import slug
from .protocols import Device


class EngineSpawner(DockerSpawner):
    """DockerSpawner, or one of its kind, with calls that never wait for one another."""

    run_as = Unicode(
        "1000:100", help="""The user and group of every container, as numbers; never root."""
    ).tag(config=True)

    pids_limit = Int(1024, min=16, help="""The most processes and threads of a container.""").tag(
        config=True
    )

    tmp_size = ByteSpecification(
        "1G", help="""Bytes of /tmp, which lies in the container's memory."""
    ).tag(config=True)

    log_size = ByteSpecification(
        "10M", help="""Bytes of one file of a server's output, which the engine keeps."""
    ).tag(config=True)

    log_files = Int(
        3, min=1, help="""The files of a server's output: the oldest makes room for the next."""
    ).tag(config=True)

    limit_volumes = Bool(
        False,
        help="""Make users' volumes with the storage of their profile as `size`, which the engine
        holds them to where its folder is on XFS, mounted with `pquota`. Volumes that are there
        already stay as they are.""",
    ).tag(config=True)

    _engine: ClassVar[Engine | None] = None

    # DockerSpawner's own, which have no types
    image: str
    object_id: str
    object_name: str
    network_name: str
    prefix: str
    user: Any
    environment: dict[str, Any]
    volumes: dict[str, Any]
    format_volume_name: Callable[[str, Any], str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.devices: Sequence[Device] = ()
        self.storage_bytes = 0
        self._last_call: Future[Any] | None = None
        super().__init__(*args, **kwargs)
        self.own_image = self.image  # as configured: hooks come later

    @default("image")
    def _neoai(self) -> str:
        return "neoai:cpu"

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
        """DockerSpawner's, with server names kept apart that differ by case only. Of a spawner that
        is nobody's (it says what a profile's containers are like), what can be known."""
        if self.user is None:
            return {"prefix": self.prefix}
        names: dict[str, str] = super().template_namespace()
        return {**names, "servername": slug(self.name) if self.name else ""}

    @property
    def own_volumes(self) -> list[str]:
        """The volumes that are this user's alone. One of the same name for everybody is nobody's
        storage."""
        named = {name: self.format_volume_name(name, self) for name in self.volumes}
        return [own for name, own in named.items() if own != name]

    @property
    def volume_size(self) -> dict[str, str]:
        """What the engine's `local` driver is told of a new volume of the user's own."""
        limited = self.limit_volumes and self.storage_bytes
        return {"size": str(self.storage_bytes)} if limited else {}

    @property
    def log_limits(self) -> dict[str, str]:
        """What the engine's json-file driver is told, or one server's output fills its disk."""
        return {"max-size": str(self.log_size), "max-file": str(self.log_files)}

    # --- calls of the engine

    @property
    def engine(self) -> Engine:
        """The engine that all spawners of the hub share."""
        if EngineSpawner._engine is None:
            EngineSpawner._engine = Engine(self._connect)
        return EngineSpawner._engine

    def _connect(self) -> APIClient:
        tls = {"tls": TLSConfig(**self.tls_config)} if self.tls_config else {}
        settings = {"version": "auto", **tls, **kwargs_from_env(), **self.client_kwargs}
        return APIClient(**settings)

    @property
    def client(self) -> APIClient:
        """This thread's client."""
        return self.engine.client

    def docker(self, method: str, *args: Any, **kwargs: Any) -> asyncio.Future[Any]:
        """Call the engine. What makes the user's server is hardened here, after everything."""
        if method == f"create_{self.object_type}" and kwargs.get("name") == self.object_name:
            self._last_call = self.make(self.hardened(kwargs))
        else:
            self._last_call = self.engine.submit(method, *args, **kwargs)
        return asyncio.wrap_future(self._last_call)

    def make(self, create: dict[str, Any]) -> Future[Any]:
        """Have the engine make the user's server."""
        return self.engine.submit(f"create_{self.object_type}", **create)

    async def get_object(self) -> Any:
        """The container or service; None only where the engine says that there is none."""
        try:
            found = await self.docker(f"inspect_{self.object_type}", self.object_name)
        except NotFound:
            self.object_id = ""
            return None
        except APIError as error:
            if not error.is_server_error():
                raise
            raise EngineGone(str(error)) from error
        self.object_id = found[self.object_id_key]
        return found

    async def _work(self, work: Callable[[APIClient], Any]) -> Any:
        self._last_call = self.engine.run(work)
        return await asyncio.wrap_future(self._last_call)

    def hardened(self, create: dict[str, Any]) -> dict[str, Any]:
        """What is asked of the engine, with everything that must hold put over it."""
        raise NotImplementedError
