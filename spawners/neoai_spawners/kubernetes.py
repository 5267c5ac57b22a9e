"""Servers as pods of a Kubernetes cluster."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from aiohttp import ClientError
from jupyterhub.spawner import SpawnException
from kubernetes_asyncio.client.rest import ApiException
from traitlets import default

from . import podstates
from .account import failed
from .mixin import NeoAISpawner
from .pods import PodSpawner
from .podstates import PodFailed
from .profiles import Profile
from .protocols import Device, Meter

FORBIDDEN = 403
TOO_MANY = 429
BROKEN = 500


class NeoAIKubeSpawner(NeoAISpawner, PodSpawner):
    """Hardened pods with profiles, quotas and leases."""

    private_tmp = True

    @default("options_form")
    def _profiles_instead_of_kubespawners(self) -> object:
        return self._profiles_form()

    @default("options_from_form")
    def _a_profile_and_nothing_else(self) -> object:
        return self._profile_from_form()

    async def load_user_options(self) -> None:
        """KubeSpawner's own profiles and overrides are not read: the catalogue is."""

    def enforce(self, profile: Profile, devices: Sequence[Device]) -> None:
        """The profile's image, volume and GPUs, and no others."""
        super().enforce(profile, devices)
        self.image = profile.image or self.image
        if profile.storage:
            self.storage_capacity = str(profile.storage)
        self.devices, self.gpu_kind = devices, profile.gpu_kind
        self.environment = {
            **self.environment,
            **({} if devices else {"NVIDIA_VISIBLE_DEVICES": "void"}),
        }

    async def start(self) -> Any:
        """The mixin's. The last start's end is no end of this one's events."""
        self._start_future = None
        return await super().start()

    async def stop(self, now: bool = False) -> None:
        """The mixin's; but what KubeSpawner finds in the way of a start is no server of ours."""
        if self._starting_pod:
            await PodSpawner.stop(self, now)
        else:
            await super().stop(now)

    async def tidy(self) -> None:
        """Remove the ended pod, unless an admin wants to look at such pods; its claim stays."""
        if self.delete_stopped_pods:
            await self.remove_pod()

    async def delete_forever(self) -> None:
        """KubeSpawner's, for a server or user that is deleted; a claim that is gone by it is no
        storage in use."""
        await super().delete_forever()
        if not await self._check_pvc_exists(self.pvc_name, self.namespace):
            await self.account.forget_volume(self.user.name, self.pvc_name)

    async def explain(self, error: Exception) -> SpawnException | None:
        """What the cluster's refusal means."""
        if isinstance(error, PodFailed):
            return failed(await self._why_failed(error), "pod")
        if isinstance(error, ApiException):
            return failed(refusal(error), "cluster")
        if isinstance(error, TimeoutError) and self._pod_made:
            return failed(await self._why_late(), "timeout")
        if isinstance(error, OSError | ClientError | TimeoutError):
            return failed("The cluster does not answer. Try again in a minute.", "cluster")
        return await super().explain(error)

    async def _why_late(self) -> str:
        if why := podstates.no_place(self.pod):
            return f"No node of the cluster has room for this server: {why}"
        if waits := podstates.waiting(self.pod):
            return await self._why_failed(waits)
        return "The cluster did not start the server in time."

    async def _why_failed(self, error: PodFailed) -> str:
        if error.reason in podstates.NO_IMAGE:
            return f"The image {self.image} is not to be had: {error.message or error.reason}"
        if error.reason in podstates.NO_CONTAINER:
            return f"The cluster could not start the server: {error.message or error.reason}"
        reason = await self.why_ended(podstates.exit_status(self.pod))
        return f"The server started and did not stay. {reason}"

    async def measure(self) -> Meter:
        """As the pod's node tells it."""
        pod = self.pod
        return await self.pod_stats(pod) if pod else Meter()

    async def why_ended(self, status: object) -> str:
        """The pod's own status says whether its memory ran out."""
        match self.end_reason:
            case "OOMKilled":
                return self.out_of_memory
            case "Evicted":
                return "Your server was evicted: its node ran out of memory or disk."
            case podstates.GONE:
                return "Your server's pod was removed from outside the hub."
        return await super().why_ended(status)

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Ours, and the cluster's events of the pod, as they come."""
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def read(source: AsyncIterator[dict[str, Any]]) -> None:
            async for event in source:
                events.put_nowait(event)

        ours, theirs = self.told.follow(), PodSpawner.progress(self)
        readers = [asyncio.create_task(read(ours)), asyncio.create_task(read(theirs))]
        try:
            while True:
                yield await events.get()
        finally:
            for reader in readers:
                reader.cancel()


def refusal(error: ApiException) -> str:
    """What a refused call means, for a user. The cluster's own words where they are for people."""
    status = error.status or 0
    if status == FORBIDDEN:
        return f"The cluster does not allow this server: {_said(error)}"
    if status >= BROKEN or status == TOO_MANY:
        return "The cluster does not answer. Try again in a minute."
    return "The cluster refused to start the server. The hub's log says why."


def _said(error: ApiException) -> str:
    try:
        said = str(json.loads(error.body or b"")["message"])
    except (KeyError, TypeError, ValueError):
        return "its quota or policy refuses the pod."
    return said.partition(" is forbidden: ")[2] or said
