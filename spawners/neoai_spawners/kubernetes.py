"""Servers as pods of a Kubernetes cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from jupyterhub.spawner import SpawnException
from kubernetes_asyncio.client.rest import ApiException
from traitlets import default

from .account import failed
from .mixin import NeoAISpawner
from .pods import PodSpawner
from .profiles import Profile
from .protocols import Device

FORBIDDEN = 403


class NeoAIKubeSpawner(NeoAISpawner, PodSpawner):
    """Hardened pods with profiles, quotas and leases."""

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
        self.take_devices(devices, profile.gpu_kind)
        self.environment = {
            **self.environment,
            **({} if devices else {"NVIDIA_VISIBLE_DEVICES": "void"}),
        }

    async def explain(self, error: Exception) -> SpawnException | None:
        """What the cluster's refusal means."""
        if isinstance(error, ApiException) and error.status == FORBIDDEN:
            message = "The cluster does not allow this server: its quota or policy refuses the pod."
            return failed(message, "cluster")
        if isinstance(error, ApiException | OSError):
            return failed("The cluster does not answer. Try again in a minute.", "cluster")
        return await super().explain(error)

    async def why_ended(self, status: object) -> str:
        """The pod's own status says whether its memory ran out."""
        if self.end_reason == "OOMKilled":
            return self.out_of_memory
        if self.end_reason == "Evicted":
            return "Your server was evicted: its node ran out of memory or disk."
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
