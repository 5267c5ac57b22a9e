"""Calls of a Docker engine that never wait for one another, and what its refusals mean."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import docker
import requests
from docker.errors import APIError, DockerException, NotFound
from docker.utils import parse_repository_tag

NETWORK = "neoai"
ICC = "com.docker.network.bridge.enable_icc"
QUICK = ("inspect_", "port", "tasks")
SIZES_FOR = 300.0
"""Seconds for which the sizes of volumes are kept: the engine walks every volume to tell them."""
SIZES_WITHIN = 1800
"""Seconds that it may take to tell them, where docker-py waits for 60."""

log = logging.getLogger("neoai.spawners")


class EngineGone(Exception):
    """The engine does not answer, or answers that it cannot."""


class NotIsolated(Exception):
    """The network lets its containers reach one another."""


class Engine:
    """One Docker engine. A look at a container has threads of its own: it never queues behind a
    stop, a pull or a start. Every thread has its own connections, as they may not be shared."""

    def __init__(self, connect: Callable[[], docker.APIClient]) -> None:
        self._connect = connect
        self._own = threading.local()
        self._quick = ThreadPoolExecutor(8, "docker-look")
        self._slow = ThreadPoolExecutor(64, "docker-work")
        self._sizes: Mapping[str, int] = {}
        self._sized_at = -SIZES_FOR
        self._sizing: Future[None] | None = None
        self._sizes_lock = threading.Lock()

    @property
    def client(self) -> docker.APIClient:
        """This thread's client."""
        if not hasattr(self._own, "client"):
            self._own.client = self._connect()
        return self._own.client

    def submit(self, method: str, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a method of the API's client. Raises EngineGone where the engine does not answer."""
        pool = self._quick if method.startswith(QUICK) else self._slow
        return pool.submit(self._call, lambda: getattr(self.client, method)(*args, **kwargs))

    def run(self, work: Callable[[docker.APIClient], Any]) -> Future[Any]:
        """Do several calls one after the other, with the slow ones."""
        return self._slow.submit(self._call, lambda: work(self.client))

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except APIError:
            raise
        except (DockerException, requests.exceptions.RequestException) as error:
            raise EngineGone(str(error)) from error

    def volume_sizes(self) -> Mapping[str, int]:
        """Bytes of each volume as they were last told; never raises and never waits.

        Where that is SIZES_FOR seconds ago, the engine is asked again in the background, by one
        call at a time, whether the last one failed or not.
        """
        with self._sizes_lock:
            idle = self._sizing is None or self._sizing.done()
            if idle and time.monotonic() - self._sized_at >= SIZES_FOR:
                self._sizing = self._slow.submit(self._size)
            return self._sizes

    def _size(self) -> None:
        try:
            self._sizes = self._ask_sizes()
        except Exception as error:  # a heartbeat must never depend on it
            log.warning("The engine does not tell how large its volumes are: %r", error)
        finally:
            self._sized_at = time.monotonic()

    def _ask_sizes(self) -> Mapping[str, int]:
        client = self._connect()
        client.timeout = SIZES_WITHIN
        try:
            volumes = client.df().get("Volumes") or []
        finally:
            client.close()
        return {
            each["Name"]: each["UsageData"]["Size"] for each in volumes if each.get("UsageData")
        }


def prepare_network(client: docker.APIClient, name: str = NETWORK) -> str:
    """Make the network of the users' containers where it is not there; its gateway's address.

    Containers on it reach the hub at the gateway, and not one another. Raises NotIsolated for a
    network of that name that is otherwise.
    """
    try:
        network = client.inspect_network(name)
    except NotFound:
        client.create_network(name, driver="bridge", options={ICC: "false"}, check_duplicate=True)
        network = client.inspect_network(name)
    if network["Driver"] != "bridge" or network["Options"].get(ICC) != "false":
        raise NotIsolated(
            f"The network {name} lets containers reach one another. Remove it, and the hub makes "
            f"it anew; or make it with the option {ICC}=false."
        )
    gateway: str = network["IPAM"]["Config"][0]["Gateway"]
    return gateway


def pull(client: docker.APIClient, image: str, tell: Callable[[int], None]) -> None:
    """Fetch an image, and tell what part of what is known of it has come, in percent."""
    repository, tag = parse_repository_tag(image)
    layers: dict[str, tuple[int, int]] = {}
    for line in client.pull(repository, tag or "latest", stream=True, decode=True):
        if "error" in line:
            raise NotFound(line["error"])
        detail = line.get("progressDetail") or {}
        if line.get("status") == "Downloading" and detail.get("total"):
            layers[line["id"]] = (detail["current"], detail["total"])
        elif line.get("status") == "Download complete" and line["id"] in layers:
            total = layers[line["id"]][1]
            layers[line["id"]] = (total, total)
        if layers:
            done, all_of_it = (sum(values) for values in zip(*layers.values(), strict=True))
            tell(100 * done // all_of_it)


def refusal(error: Exception, image: str) -> str:
    """What a failed call means, for a user; empty where it is not the engine's doing."""
    if isinstance(error, EngineGone):
        return "The container engine does not answer. Try again in a minute, or tell an admin."
    if isinstance(error, NotIsolated):
        return str(error)
    if not isinstance(error, APIError):
        return ""
    said = str(error.explanation or error).lower()
    if "could not select device driver" in said:
        return (
            "This machine's container engine cannot give GPUs to containers: its admin has to "
            "install NVIDIA's container toolkit."
        )
    if "no quota support" in said:
        return (
            "This machine's container engine cannot hold volumes to a size: its admin has to put "
            "its folder on XFS, mounted with pquota."
        )
    if isinstance(error, NotFound) or "not found" in said or "denied" in said:
        return f"The image {image} is neither on this machine nor to be fetched."
    return "The container engine refused to start the server. The hub's log says why."
