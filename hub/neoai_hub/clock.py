"""The hub's two clocks: the wall's, for windows and for people, and one that never jumps, for
what is charged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.orm import Mapped, mapped_column


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The wall's time in UTC; it may jump."""

    def monotonic(self) -> float:
        """Seconds since `boot` began; never goes back."""

    def boot(self) -> str:
        """Names the run of the machine in which `monotonic` counts."""


class SystemClock:
    """The machine's. Linux's monotonic clock is the same for all processes since it booted, so
    that time counts on exactly where a hub was killed."""

    def now(self) -> datetime:
        """The wall's time in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since the machine booted."""
        return time.monotonic()

    def boot(self) -> str:
        """The kernel's name of this boot."""
        return _boot()


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class BeatColumns:
    """When something was last known to run, by both clocks."""

    beat_at: Mapped[datetime] = mapped_column()
    beat_s: Mapped[float]
    beat_boot: Mapped[str]


@dataclass(frozen=True)
class Moment:
    """One reading of a clock."""

    at: datetime
    monotonic_s: float
    boot: str

    @classmethod
    def of(cls, clock: Clock) -> Moment:
        """Now."""
        return cls(clock.now(), clock.monotonic(), clock.boot())

    @property
    def beat(self) -> dict[str, Any]:
        """`BeatColumns` for a statement."""
        return {"beat_at": self.at, "beat_s": self.monotonic_s, "beat_boot": self.boot}

    def stamp(self, row: BeatColumns) -> None:
        """What the row counts ran until now."""
        row.beat_at, row.beat_s, row.beat_boot = self.at, self.monotonic_s, self.boot

    def since(self, row: BeatColumns) -> float:
        """Seconds since the row's last beat, whatever the wall's clock did meanwhile; by the wall's
        where the machine was booted anew (or the hub moved to another)."""
        if row.beat_boot == self.boot:
            return max(0.0, self.monotonic_s - row.beat_s)
        return max(0.0, (self.at - row.beat_at).total_seconds())

    def silence(self, row: BeatColumns, listening_since_s: float) -> float:
        """Seconds for which nothing was heard of it while somebody could hear: since that
        monotonic time, at which the hub began to listen."""
        return min(self.monotonic_s - listening_since_s, self.since(row))
