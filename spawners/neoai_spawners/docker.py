"""Servers as containers of one Docker engine."""

from __future__ import annotations

from collections.abc import Sequence

from jupyterhub.spawner import SpawnException
from traitlets import default

from .account import failed
from .containers import NoNeoAI
from .engine import refusal
from .mixin import NeoAISpawner
from .profiles import Profile, refused
from .protocols import Device, Meter
from .readiness import Ended
from .warm import WarmSpawner

KILLED = 137
NOT_FOUND = 127


class OnEngine(NeoAISpawner):
    """What profiles, leases and refusals mean to a Docker engine, alone or in a swarm."""

    private_tmp = True

    image: str
    object_id: str

    @default("options_form")
    def _profiles_instead_of_images(self) -> object:
        return self._profiles_form()

    @default("options_from_form")
    def _a_profile_instead_of_an_image(self) -> object:
        return self._profile_from_form()

    def enforce(self, profile: Profile, devices: Sequence[Device]) -> None:
        """The profile's image, where it names one, and the leased GPUs and no others."""
        super().enforce(profile, devices)
        self.image = profile.image or self.image
        self._check_image()
        self.devices = devices
        self.storage_bytes = profile.storage
        # An engine whose default runtime is NVIDIA's gives every GPU to an image that asks for all.
        ids = ",".join(device.id for device in devices) or "void"
        self.environment = {**self.environment, "NVIDIA_VISIBLE_DEVICES": ids}

    def _check_image(self) -> None:
        allowed = self._get_allowed_images()
        images = set(allowed.values() if isinstance(allowed, dict) else allowed or ())
        images |= {profile.image or self.own_image for profile in self.profiles.profiles}
        if allowed != "*" and self.image not in images:
            raise refused(f"The image {self.image} is not one that this hub allows.")

    async def why_ended(self, status: object) -> str:
        """An image without what it needs is told from a server that ended."""
        if status == NOT_FOUND:
            return f"The image {self.image} has no jupyterhub-singleuser: it is not one of NeoAI's."
        return await super().why_ended(status)

    async def tidy(self) -> None:
        """Remove the ended container or service; its named volumes stay."""
        if self.object_id:
            await self.remove_object()
            self.object_id = ""

    def pulled(self, image: str, percent: int) -> None:
        """Show on the spawn page how much of the image has come."""
        self.told.tell(f"Fetching the image {image}: {percent} %", 20 + percent // 2)

    async def measured_by_engine(self, container: str) -> Meter:
        """What the engine here tells of one of its containers."""
        stats = await self.docker("stats", container, stream=False, one_shot=True)
        sizes = self.engine.volume_sizes()
        memory = stats["memory_stats"]
        details = memory.get("stats", {})
        cache = details.get("total_inactive_file", details.get("inactive_file", 0))
        return Meter(
            # The engine says -1 where it does not know.
            volumes={each: sizes[each] for each in self.own_volumes if sizes.get(each, -1) >= 0},
            memory_bytes=max(memory.get("usage", 0) - cache, 0),
            cpu_seconds=stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9,
        )

    async def explain(self, error: Exception) -> SpawnException | None:
        """What the engine's refusal means."""
        if isinstance(error, NoNeoAI):
            message = f"The image {error} has no NeoAI: its admin has to build it from NeoAI's."
            return failed(message, "image")
        if message := refusal(error, self.image):
            return failed(message, "engine")
        if isinstance(error, RuntimeError):  # it has no port any more, as it has ended already
            status = await self.poll_below()
            error = error if status is None else Ended(status)
        return await super().explain(error)


class NeoAIDockerSpawner(OnEngine, WarmSpawner):
    """Hardened containers with profiles, quotas and leases."""

    async def remove_by_force(self) -> None:
        """Kill and remove the container."""
        await WarmSpawner.remove_by_force(self)

    async def tidy(self) -> None:
        """Remove the ended container; of one that is gone already, what kept its volumes."""
        if self.object_id:
            await super().tidy()
        else:
            await self.forget_keeper()

    async def why_ended(self, status: object) -> str:
        """The container's own state says whether its memory ran out."""
        state = self.state_at_end
        if state is None:
            return "Your server's container was removed from outside the hub."
        if state["OOMKilled"] and status == KILLED:
            return self.out_of_memory
        if state["Error"] and status != NOT_FOUND:
            return f"Your server's container ended: {state['Error']}"
        return await super().why_ended(status)

    async def measure(self) -> Meter:
        """Memory and processor time as the engine counts them; the sizes of the user's volumes."""
        return await self.measured_by_engine(self.object_id)
