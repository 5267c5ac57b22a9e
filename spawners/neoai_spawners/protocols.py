"""What a spawner needs from the hub: quotas that reserve before a start, and leases of GPUs.

The hub injects its own; a spawner without them starts servers without quotas.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

CLEAN_UP = "clean-up"
"""The profile of a server that is started above a storage quota, to delete files."""


@dataclass(frozen=True)
class Resources:
    """What one server takes: cores, bytes of memory and of storage, and how many GPUs of a kind."""

    cpus: float = 0.0
    memory_bytes: int = 0
    storage_bytes: int = 0
    gpus: int = 0
    gpu_kind: str = ""


@dataclass(frozen=True)
class SpawnRequest:
    """A server that is about to start: whose (`groups` as the hub knows them now), and with what.

    `key` names this one start: asked again with the same key, the answer is the same, so that a hub
    that was killed in between neither reserves twice nor loses what it had reserved.
    """

    key: str
    user: str
    server: str
    profile: str
    resources: Resources
    groups: Sequence[str] = ()


@dataclass(frozen=True)
class Denial:
    """Why a server may not start: the quota's name (`gpu-hours`), its scope (`user`, `group:ml`,
    `default`), how much is allowed and used in the quota's unit, and when there is more (None where
    time alone brings none)."""

    quota: str
    scope: str
    limit: float
    used: float
    asked: float
    unit: str
    refills_at: datetime | None
    message: str


class Denied(Exception):
    """A quota does not allow this start; nothing was reserved."""

    def __init__(self, denials: Sequence[Denial]) -> None:
        super().__init__("\n".join(denial.message for denial in denials))
        self.denials = tuple(denials)


@dataclass(frozen=True)
class Device:
    """A GPU or a MIG slice of one: NVML's UUID, its kind (`H100`, `H100-1g.10gb`) and the node."""

    id: str
    kind: str
    node: str = ""
    memory_bytes: int = 0


@dataclass(frozen=True)
class Lease:
    """Devices that one server holds until it ends, or until `expires_at` without a heartbeat."""

    key: str
    devices: tuple[Device, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Waiting:
    """All are held: the place in the line, from 1, and when one is expected free, if known."""

    position: int
    expected_at: datetime | None = None


@dataclass(frozen=True)
class Meter:
    """What a heartbeat measured of a running server since it started; None where unknown.

    `volumes`: bytes of each that is its user's alone, by name; one that is not there is unknown.
    """

    volumes: Mapping[str, int] = field(default_factory=dict)
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    gpu_utilisation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """What a running server has to be told: the quota or lease that ends, and when.

    It comes with every heartbeat while it holds; `minutes` names the warning (15, 5; 0: it is
    over), so that each is shown once.
    """

    quota: str
    ends_at: datetime
    message: str
    minutes: int = 0


class Quotas(Protocol):
    """The hub's ledger: reserves at spawn, meters by heartbeat, settles at stop."""

    async def reserve(self, request: SpawnRequest) -> None:
        """Take what the server may use out of the quotas, all or nothing. Raises Denied."""

    async def started(self, key: str) -> None:
        """The server runs: metering begins."""

    async def heartbeat(self, key: str, meter: Meter) -> Sequence[Notice]:
        """The server still runs. What runs out soon; one whose `ends_at` has passed must stop."""

    async def keep(self, key: str) -> None:
        """What was reserved is still wanted: the server waits for a GPU, starts, or is being ended.
        Nothing is charged, and it does not lapse."""

    async def settle(self, key: str) -> None:
        """The server has ended or never started: charge what it used and give the rest back.
        Settling again changes nothing."""

    async def over_storage(self, user: str, groups: Sequence[str]) -> str:
        """Why the user can start a server to clean up alone; empty where that is not so."""

    async def forget_volumes(self, user: str, names: Collection[str]) -> None:
        """Volumes of a user that were deleted."""


class Leases(Protocol):
    """Who holds which GPU."""

    async def acquire(self, request: SpawnRequest) -> Lease | Waiting:
        """A lease of as many devices as the request names, or the place in the line, which is kept
        while it is asked again. Asked again with the same key, the same lease. Raises Denied where
        no such device exists at all."""

    async def renew(self, key: str, utilisation: Mapping[str, float]) -> Sequence[Notice]:
        """Keep the lease. What is reclaimed soon for being idle; past its `ends_at` it is."""

    async def release(self, key: str) -> None:
        """Give the devices, or the place in the line, back. Again changes nothing."""
