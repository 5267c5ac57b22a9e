"""What a start holds of the hub's quotas and GPUs: taking it, keeping it, giving it back."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from jupyterhub.spawner import SpawnException
from pydantic import BaseModel, ConfigDict

from .profiles import Profile
from .protocols import (
    Denied,
    Device,
    Lease,
    Leases,
    Meter,
    Notice,
    Quotas,
    SpawnRequest,
    Waiting,
)
from .refusals import Refused

T = TypeVar("T")
ANSWER_WITHIN = 60.0
"""Seconds for an answer of quotas or leases: longer than one database waits for another's lock."""


def new_key() -> str:
    """A name for a start."""
    return uuid.uuid4().hex


class Holding(BaseModel):
    """One start's name in the ledger, the profile that it took, and the memory that it may use."""

    model_config = ConfigDict(frozen=True)

    key: str
    profile: str
    memory: int

    @classmethod
    def new(cls, profile: Profile, key: str = "") -> Holding:
        """A start that no ledger has heard of, by the name that it has already, if any."""
        return cls(key=key or new_key(), profile=profile.name, memory=profile.memory)

    def request(
        self, user: str, server: str, profile: Profile, groups: Sequence[str]
    ) -> SpawnRequest:
        """What this start asks of the quotas and leases."""
        return SpawnRequest(self.key, user, server, profile.name, profile.resources, groups)


@dataclass(frozen=True)
class Account:
    """The hub's quotas and leases, either of which may not be there."""

    quotas: Quotas | None
    leases: Leases | None
    log: logging.Logger

    async def reserve(self, request: SpawnRequest) -> None:
        """Raises SpawnException: 403 where a quota denies, 503 where the ledger does not answer."""
        if self.quotas is None:
            return
        try:
            await _answered(self.quotas.reserve(request))
        except Denied as denied:
            raise Refused(str(denied), reason="quota", status_code=403) from denied
        except Exception as error:
            raise self._unavailable("quotas", error) from error

    async def lease(
        self,
        request: SpawnRequest,
        tell: Callable[[str, int], None],
        longest: float,
        interval: float,
    ) -> Sequence[Device]:
        """The devices, waited for in the line for `longest` seconds, the place told to `tell`."""
        if self.leases is None:
            raise Refused("This hub has no GPUs.", reason="gpus", status_code=403)
        deadline = time.monotonic() + longest
        while True:
            try:
                answer = await _answered(self.leases.acquire(request))
            except Denied as denied:
                raise Refused(str(denied), reason="gpus", status_code=403) from denied
            except Exception as error:
                raise self._unavailable("GPUs", error) from error
            if isinstance(answer, Lease):
                return answer.devices
            tell(in_line(answer), 5)
            if time.monotonic() >= deadline:
                raise failed(f"No GPU came free in time. {in_line(answer)}", "gpus")
            await asyncio.sleep(interval)

    async def started(self, key: str) -> None:
        """Metering begins; a ledger that does not hear it now hears the first heartbeat."""
        if self.quotas is not None:
            telling = self.quotas.started(key)
            await self._tell(telling, "The ledger was not told that %s started", key)

    async def beat(self, key: str, meter: Meter) -> Sequence[Notice]:
        """Tell both that the server runs; what it has to be told, the soonest end first.

        Neither waits for the other or goes without for its failure, which is raised afterwards.
        """
        telling: list[Awaitable[Sequence[Notice]]] = []
        if self.leases is not None:
            telling.append(_answered(self.leases.renew(key, meter.gpu_utilisation)))
        if self.quotas is not None:
            telling.append(_answered(self.quotas.heartbeat(key, meter)))
        notices: list[Notice] = []
        for answer in await asyncio.gather(*telling, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            notices += answer
        return sorted(notices, key=lambda notice: notice.ends_at)

    async def keep(self, key: str) -> None:
        """Keep what is held while no heartbeat tells of it, without a charge; never raises."""
        if self.leases is not None:
            await self._tell(self.leases.renew(key, {}), "The lease of %s was not renewed", key)
        if self.quotas is not None:
            await self._tell(self.quotas.keep(key), "What is reserved for %s was not kept", key)

    async def over_storage(self, user: str, groups: Sequence[str]) -> str:
        """Why the user can start a server to clean up alone; empty where nobody says so now."""
        if self.quotas is None:
            return ""
        try:
            return await self.quotas.over_storage(user, groups)
        except Exception as error:  # the start itself will be refused with its reason
            self.log.error("No answer about the storage of %s: %r", user, error)
            return ""

    async def forget_volume(self, user: str, name: str) -> None:
        """A volume was deleted; one that is not told now counts until its user is gone."""
        if self.quotas is not None:
            forgetting = self.quotas.forget_volumes(user, [name])
            await self._tell(forgetting, "The ledger was not told of the deleted volume %s", name)

    async def let_go(self, key: str) -> None:
        """Settle and release. What cannot be told now, the hub finds by the missing heartbeats."""
        if self.leases is not None:
            await self._tell(self.leases.release(key), "The lease of %s was not given back", key)
        if self.quotas is not None:
            await self._tell(self.quotas.settle(key), "%s was not settled", key)

    async def _tell(self, telling: Awaitable[object], failure: str, key: str) -> None:
        """Tell one of the two, of which a failure keeps nothing from the other."""
        try:
            await _answered(telling)
        except Exception:
            self.log.exception(failure, key)

    def _unavailable(self, what: str, error: Exception) -> SpawnException:
        self.log.error("No answer about %s: %r", what, error)
        return failed(f"The hub cannot look its {what} up now. Try again in a minute.", "ledger")


async def _answered(asking: Awaitable[T]) -> T:
    async with asyncio.timeout(ANSWER_WITHIN):
        return await asking


def failed(message: str, reason: str) -> SpawnException:
    """A start that failed for a reason outside the hub: 503, and no failure of the hub's."""
    return Refused(message, reason=reason, status_code=503)


def in_line(waiting: Waiting) -> str:
    """The place in the line, as the spawn page says it."""
    place = f"Every fitting GPU is taken; you are number {waiting.position} in the line."
    if waiting.expected_at is None:
        return place
    return f"{place} One is expected free at {waiting.expected_at:%H:%M} UTC."
