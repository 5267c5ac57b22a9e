"""JupyterHub's KubeSpawner, watched: what a cluster that is gone for a while does not tell is not
taken for an ended pod, and a pod that will not run is given up at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from kubespawner import KubeSpawner
from traitlets import default

from . import podstates
from .podstates import PodFailed

LOOK_EVERY = 0.25


class WatchedSpawner(KubeSpawner):
    """KubeSpawner's view of the cluster is a watch that all spawners share. It gives up after a
    minute without the cluster, and what it saw last then stays for good; where its first look
    fails, it shows no pod at all. Here it is begun anew, and nothing is concluded meanwhile."""

    _reviving: ClassVar[WeakKeyDictionary[Any, asyncio.Lock]] = WeakKeyDictionary()

    # KubeSpawner's own, which have no types
    namespace: str
    pod_name: str
    pod_reflector: Any
    event_reflector: Any
    events_enabled: bool
    delete_stopped_pods: bool
    _start_future: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.end_reason = ""
        self._pod_made = False
        self._starting_pod = False
        super().__init__(*args, **kwargs)

    @default("delete_grace_period")
    def _time_to_end_kernels(self) -> int:
        return 10

    @property
    def pod(self) -> Mapping[str, Any] | None:
        """The server's pod as the watch shows it."""
        reflector = self.pod_reflector
        return reflector.pods.get(f"{self.namespace}/{self.pod_name}") if reflector else None

    # --- the watches

    async def pods_known(self) -> bool:
        """Whether a watch shows the cluster's pods; begun anew where it has ended."""
        try:
            await self._revived(lambda: self.pod_reflector, self._start_watching_pods)
        except Exception as error:
            self.log.warning("The cluster does not tell what pods there are: %r", error)
            return False
        return True

    async def _revived(
        self, reflector: Callable[[], Any], begin: Callable[..., Awaitable[Any]]
    ) -> None:
        loop = asyncio.get_running_loop()
        async with self._reviving.setdefault(loop, asyncio.Lock()):
            found = reflector()
            if found is None or not _runs(found):
                try:
                    await begin(replace=found is not None)
                finally:
                    _heard(reflector())

    # --- the pod

    async def start(self) -> Any:
        """Start the pod, and give up where it cannot come to run. Raises PodFailed."""
        self._starting_pod, self._pod_made = True, False
        try:
            await self._revived(lambda: self.pod_reflector, self._start_watching_pods)
            if self.events_enabled:
                await self._revived(lambda: self.event_reflector, self._start_watching_events)
            return await self._unless_it_fails(super().start())
        finally:
            self._starting_pod = False

    async def _unless_it_fails(self, starting: asyncio.Future[Any]) -> Any:
        failing = asyncio.create_task(self._until_failed())
        try:
            await asyncio.wait({starting, failing}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                return await starting
            raise failing.result()
        finally:
            failing.cancel()
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await starting

    async def _until_failed(self) -> PodFailed:
        while True:
            failure = podstates.failure(self.pod) if self._pod_made else None
            if failure is not None:
                self.end_reason = podstates.end_reason(self.pod)
                return failure
            await asyncio.sleep(LOOK_EVERY)

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        made: bool = await super()._make_create_pod_request(pod, request_timeout)
        self._pod_made = made
        return made

    async def poll(self) -> Any:
        """None while it runs, or where nobody can say whether it does; else its exit status.

        The ended pod stays until its reason is known: KubeSpawner removes it in here.
        """
        if not await self.pods_known():
            return None
        self.end_reason = podstates.end_reason(self.pod)
        removing, self.delete_stopped_pods = self.delete_stopped_pods, False
        try:
            return await super().poll()
        finally:
            self.delete_stopped_pods = removing

    async def remove_pod(self) -> None:
        """Delete the pod at once, and return when it is gone."""
        await KubeSpawner.stop(self, now=True)


def _heard(reflector: Any) -> None:
    """Take note of how its first look failed, of which asyncio complains otherwise."""
    if reflector is not None and reflector.first_load_future.done():
        reflector.first_load_future.exception()


def _runs(reflector: Any) -> bool:
    task = reflector.watch_task
    return task is not None and not task.done()
