"""Started containers that are nobody's yet, kept ready by profile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from docker import APIClient
from docker.errors import APIError, NotFound

from . import mounting
from .engine import Engine, EngineGone
from .shapes import Wanted, can_be_given

POOL = "ai.neoai.pool"
KEY = "ai.neoai.pool.key"
READY = b"waiting for a user"
"""What the image's waiting program writes once it has loaded everything."""
READY_WITHIN = 180.0
LOOK_EVERY = 0.25
ROUND_EVERY = 30.0
BEHIND_EVERYTHING = 2
"""The share of the processor while a container is nobody's: starting it delays no server."""


class NotReady(Exception):
    """A container ended, or did not get ready in time."""


class Pool:
    """The containers that a hub keeps ready on its engine. One is given away once, and never comes
    back; those of a hub that was killed are found again by their labels.

    `wanted` says what is to be kept now, from the settings; it is asked again and again.
    """

    def __init__(
        self,
        engine: Engine,
        prefix: str,
        wanted: Callable[[APIClient], Sequence[Wanted]],
        log: logging.Logger,
    ) -> None:
        self.prefix = prefix
        self._engine = engine
        self._wanted_now = wanted
        self._log = log
        self._wanted: Sequence[Wanted] = ()
        self._ready: defaultdict[str, list[str]] = defaultdict(list)
        self._given: set[str] = set()
        self._wake = asyncio.Event()
        self._said = ""

    def take(self, shape: str, environment: Mapping[str, str]) -> str | None:
        """The id of one that can become this server, from now on the caller's; None where there is
        none."""
        for each in self._wanted:
            fits = each.shape == shape and can_be_given(environment, each.environment)
            if fits and self._ready[each.key]:
                container = self._ready[each.key].pop()
                self._given.add(container)
                return container
        return None

    def refill(self) -> None:
        """One that was taken has its user, or is removed: make another soon."""
        self._wake.set()

    async def keep(self) -> None:
        """Keep as many ready as are wanted, for good. Nothing that goes wrong ends it."""
        while True:
            await self.look_after()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ROUND_EVERY):
                    await self._wake.wait()
            self._wake.clear()

    async def look_after(self) -> None:
        """Take over what is there, remove what is not wanted, make what is missing."""
        try:
            await self._round()
            self._said = ""
        except (APIError, EngineGone, NotReady, mounting.NotMounted) as error:
            self._say(f"No containers are kept ready now: {error}")
        except Exception:
            self._log.exception("Keeping containers ready failed")

    def _say(self, message: str) -> None:
        if message != self._said:
            self._log.warning("%s", message)
        self._said = message

    async def _round(self) -> None:
        self._wanted = await self._do(self._prepare)
        there = await self._do(self._labelled)
        self._given &= {each["Id"] for each in there}
        keys = {each.key for each in self._wanted}
        alive = {each["Id"] for each in there if each["State"] == "running"}
        for key, members in self._ready.items():
            members[:] = [each for each in members if each in alive and key in keys]
        await self._sort_out(there)
        for each in self._wanted:
            while len(self._ready[each.key]) < each.count:
                self._add(each.key, await self._do(make, self.prefix, each))

    def _add(self, key: str, container: str) -> None:
        self._ready[key].append(container)
        self._log.info("The container %s is ready for a user", container[:12])

    async def _do(self, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.wrap_future(self._engine.run(lambda client: work(client, *args)))

    def _prepare(self, client: APIClient) -> Sequence[Wanted]:
        wanted = [each for each in self._wanted_now(client) if each.count and each.command]
        if wanted:
            mounting.prepare(client, self.prefix, wanted[0].create["image"])
        else:
            mounting.forget(client, self.prefix)
        return wanted

    def _labelled(self, client: APIClient) -> Sequence[Mapping[str, Any]]:
        """Every container that was made here, those included that are somebody's by now."""
        label = f"{POOL}={self.prefix}"
        found: Sequence[Mapping[str, Any]] = client.containers(all=True, filters={"label": label})
        return found

    async def _sort_out(self, there: Sequence[Mapping[str, Any]]) -> None:
        """Take over what an earlier hub left, as far as it is wanted; remove the rest. What has a
        user's name, or is about to get one, is not looked at."""
        counts = {each.key: each.count for each in self._wanted}
        for each in there:
            container, key = each["Id"], each["Labels"].get(KEY, "")
            nobodys = _named(each, f"/{self.prefix}.warm-") and container not in self._given
            if not nobodys or container in self._ready[key]:
                continue
            useful = each["State"] == "running" and len(self._ready[key]) < counts.get(key, 0)
            if useful and await self._do(gets_ready, container):
                self._add(key, container)
            else:
                await self._do(remove, container)


def _named(listed: Mapping[str, Any], beginning: str) -> bool:
    return any(name.startswith(beginning) for name in listed["Names"])


def make(client: APIClient, prefix: str, wanted: Wanted) -> str:
    """A container that is nobody's, once it is ready; its id. Raises NotReady."""
    host = {**wanted.create["host_config"], "CpuShares": BEHIND_EVERYTHING}
    made = client.create_container(
        **{
            **wanted.create,
            "name": f"{prefix}.warm-{uuid.uuid4().hex[:12]}",
            "command": wanted.command,
            "stdin_open": True,
            "labels": {POOL: prefix, KEY: wanted.key},
            "host_config": host,
        }
    )
    container: str = made["Id"]
    with removed_where_it_fails(client, container):
        client.start(container)
        if not gets_ready(client, container):
            said = client.logs(container, tail=3).decode(errors="replace").strip()
            raise NotReady(f"one for {wanted.profile} did not get ready: {said}")
    return container


def gets_ready(client: APIClient, container: str) -> bool:
    """Wait until everything is loaded in it; False where it ends before, or takes too long."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if READY in client.logs(container, stdout=True, stderr=False, tail=20):
            return True
        if not client.inspect_container(container)["State"]["Running"]:
            return False
        time.sleep(LOOK_EVERY)
    return False


@contextlib.contextmanager
def removed_where_it_fails(client: APIClient, container: str) -> Iterator[None]:
    """Leave no container behind that something failed for."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(APIError):
            remove(client, container)
        raise


def remove(client: APIClient, container: str) -> None:
    """Remove a container by force; one that is not there is as good as removed."""
    with contextlib.suppress(NotFound):
        client.remove_container(container, v=True, force=True)
