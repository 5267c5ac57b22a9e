"""What a running server and the hub tell one another: activity and saved work one way, warnings and
the wish that everything be saved the other."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from .culling import AGE, IDLE, Culling, CullTimes
from .protocols import Notice

Name = Annotated[str, Field(max_length=64)]
Path = Annotated[str, Field(max_length=4096)]
NAMED = 3
SAME_S = 2.0


class Report(BaseModel):
    """What a server says of itself."""

    model_config = ConfigDict(extra="forbid")

    idle_s: float = Field(ge=0, description="Seconds since somebody last did something.")
    busy: dict[Name, int] = Field(
        default={}, max_length=32, description="What keeps it busy, and how many of each."
    )
    saved: Name = Field("", description="The `save` of a reply that has been done.")
    unsaved: list[Path] = Field([], max_length=100, description="What could not be saved then.")
    seen: Name = Field("", description="The `version` of the last reply.")
    hold_s: float = Field(
        0.0, ge=0, le=900, description="How long the reply may wait for something new."
    )


class Told(BaseModel):
    """A notice as a server gets it; `left_s` instead of a time, as clocks differ."""

    kind: str
    message: str
    minutes: int
    left_s: float
    can_keep: bool


class Announced(BaseModel):
    """What admins or teachers have announced to its user."""

    id: str
    level: str
    text: str


class Reply(BaseModel):
    """What a server is told."""

    version: str
    heartbeat_s: float
    notices: list[Told]
    announcements: list[Announced] = []
    save: str = ""
    save_s: float = 0.0


class Session:
    """One running server, as it tells of itself; made when the hub first sees it, and with each
    start. Everything goes by the monotonic clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.began_at = clock()
        self.report: Report | None = None
        self.notices: tuple[Notice, ...] = ()
        self.announced: tuple[Announced, ...] = ()
        self.save = ""
        self.save_s = 0.0
        self.unsaved: Sequence[str] = ()
        self._heard_at = self.began_at
        self._warned_at: dict[str, float] = {}
        self._saved = asyncio.Event()
        self._name, self._count = uuid.uuid4().hex[:8], 0
        self._changed = asyncio.Event()

    @property
    def version(self) -> str:
        """Changes with what the server is told."""
        return f"{self._name}-{self._count}"

    def hear(self, report: Report) -> None:
        """Take what the server says."""
        self.report, self._heard_at = report, self._clock()
        if self.save and report.saved == self.save:
            self.unsaved = report.unsaved
            self._saved.set()

    def tell(self, notices: Sequence[Notice]) -> None:
        """The warnings that hold now."""
        before, self.notices = self.notices, tuple(notices)
        if not _alike(before, self.notices):
            self._wake()

    def announce(self, announced: Sequence[Announced]) -> None:
        """What is announced now."""
        before, self.announced = self.announced, tuple(announced)
        if before != self.announced:
            self._wake()

    async def changes(self, seen: str, longest_s: float) -> None:
        """Return when something else than `seen` is to be told, or after so many seconds."""
        if seen != self.version or longest_s <= 0:
            return
        try:
            await asyncio.wait_for(self._changed.wait(), longest_s)
        except TimeoutError:
            return

    def reply(self, heartbeat_s: float) -> Reply:
        """What the server is told now."""
        now = datetime.now(UTC)
        told = [
            Told(
                kind=notice.quota,
                message=notice.message,
                minutes=notice.minutes,
                left_s=max(0.0, (notice.ends_at - now).total_seconds()),
                can_keep=notice.quota == IDLE,
            )
            for notice in self.notices
        ]
        return Reply(
            version=self.version,
            heartbeat_s=heartbeat_s,
            notices=told,
            announcements=list(self.announced),
            save=self.save,
            save_s=self.save_s,
        )

    async def saved(self, longest_s: float) -> str:
        """Have the server save everything; what of it is to be said to its user, if anything.

        A server that has never told of itself has nothing that saves: nobody waits for it.
        """
        if self.report is None:
            return ""
        self._ask_to_save(longest_s)
        try:
            await asyncio.wait_for(self._saved.wait(), longest_s)
        except TimeoutError:
            return "It did not answer in time, so work that was not saved by then may be lost."
        if not self.unsaved:
            return ""
        more = len(self.unsaved) - NAMED
        names = ", ".join(self.unsaved[:NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"Not saved: {names}."

    def _ask_to_save(self, longest_s: float) -> None:
        self.save, self.save_s, self.unsaved = uuid.uuid4().hex, longest_s, ()
        self._saved.clear()
        self._wake()

    def call_off(self) -> None:
        """The server goes on: there is nothing to save for."""
        self.save, self.save_s = "", 0.0
        self._wake()

    def idle_s(self, ignored: Collection[str], used_s_ago: float | None) -> float:
        """Seconds without activity: as the server says, or for one that never did, since the hub
        first saw it and by what the hub saw of its traffic (`used_s_ago`)."""
        now = self._clock()
        if self.report is None:
            return min(now - self.began_at, now if used_s_ago is None else used_s_ago)
        busy = any(count and kind not in ignored for kind, count in self.report.busy.items())
        return now - self._heard_at + (0.0 if busy else self.report.idle_s)

    def ends(
        self, culling: Culling, times: CullTimes, idle_s: float, age_s: float, ahead_s: float
    ) -> list[Notice]:
        """The warnings of culling, `ahead_s` before they are due; each is out for a while before
        its end, also where a hub that was down comes late to it."""
        found = []
        for kind, after_s, passed_s in (
            (IDLE, times.idle_s, idle_s),
            (AGE, times.max_age_s, age_s),
        ):
            left_s = (after_s or 0.0) - passed_s
            if not after_s or left_s > culling.due_s(after_s) + ahead_s:
                self._warned_at.pop(kind, None)
                continue
            warned = self._warned_at.setdefault(kind, self._clock())
            out_s = self._clock() - warned
            left_s = max(left_s, culling.grace_s(after_s) - out_s)
            found.append(culling.notice(kind, after_s, left_s, datetime.now(UTC)))
        return found

    def _wake(self) -> None:
        self._count += 1
        self._changed.set()
        self._changed = asyncio.Event()


def _alike(some: Sequence[Notice], others: Sequence[Notice]) -> bool:
    """Whether they say the same, but for words that change with the time that is left."""
    return len(some) == len(others) and all(
        (one.quota, one.minutes) == (other.quota, other.minutes)
        and abs((one.ends_at - other.ends_at).total_seconds()) < SAME_S
        for one, other in zip(some, others, strict=True)
    )
