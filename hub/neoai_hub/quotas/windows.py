"""Windows over which a time quota counts: the day, week or month by the calendar, or the last so
many hours or days.

What is used is kept in slots of 15 minutes, of which every time zone's midnight is a border. A
rolling window counts a slot whole while any of it lies within.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SLOT = timedelta(minutes=15)
PERIODS = ("day", "week", "month")
PATTERN = r"day|week|month|[1-9][0-9]{0,3}[hd]"
LONGEST_DAYS = 400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# What was used of one thing in the slot that begins then.
Slots = Iterable[tuple[datetime, float]]


def slot_of(at: datetime) -> datetime:
    """The beginning of the slot that this moment is in."""
    return EPOCH + (at - EPOCH) // SLOT * SLOT


@dataclass(frozen=True)
class Window:
    """`day`, `week`, `month`, or rolling: `24h`, `30d`. Raises ValueError for anything else."""

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(PATTERN, self.text):
            raise ValueError("must be `day`, `week`, `month`, or hours or days like `24h`, `30d`")
        if self.length is not None and self.length > timedelta(days=LONGEST_DAYS):
            raise ValueError(f"must be at most {LONGEST_DAYS}d")

    @property
    def length(self) -> timedelta | None:
        """A rolling window's; None for the calendar's."""
        if self.text in PERIODS:
            return None
        number = int(self.text[:-1])
        return timedelta(hours=number) if self.text.endswith("h") else timedelta(days=number)

    @property
    def words(self) -> str:
        """As it stands in a sentence: `a week`, `in any 24 hours`."""
        if self.length is None:
            return f"a {self.text}"
        number, unit = int(self.text[:-1]), "hour" if self.text.endswith("h") else "day"
        return f"in any {number} {unit}s" if number > 1 else f"in any {unit}"

    def start(self, now: datetime, zone: ZoneInfo) -> datetime:
        """The first slot that counts. Later ones count even beyond now: a clock that was set back
        gives nothing anew."""
        if self.length is not None:
            return slot_of(now - self.length)
        return self._first_day(now.astimezone(zone)).astimezone(UTC)

    def end(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the calendar's window is over; None for a rolling one."""
        if self.length is not None:
            return None
        first = self._first_day(now.astimezone(zone))
        days = {"day": 1, "week": 7, "month": 31}[self.text]
        later = first.replace(tzinfo=None) + timedelta(days=days)
        if self.text == "month":
            later = later.replace(day=1)
        return later.replace(tzinfo=zone).astimezone(UTC)

    def leaves(self, slot: datetime) -> datetime:
        """When a rolling window no longer counts this slot."""
        assert self.length is not None
        return slot + SLOT + self.length

    def refill(self, needed: float, slots: Slots, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When `needed` of what was used no longer counts; None where time alone brings it not."""
        slots = sorted(slots)
        if self.length is None:
            return self.end(now, zone) if sum(used for _, used in slots) >= needed else None
        freed = 0.0
        for slot, used in slots:
            freed += used
            if freed >= needed - 1e-9:
                return self.leaves(slot)
        return None

    def runs_out(
        self, left: float, rate: float, slots: Slots, now: datetime, zone: ZoneInfo
    ) -> datetime:
        """When what is left is used up at `rate` a second, with what becomes free meanwhile."""
        at = now
        for border, freed in self._frees(slots, now, zone):
            if left <= rate * (border - at).total_seconds():
                break
            left += freed - rate * (border - at).total_seconds()
            at = border
        try:
            return at + timedelta(seconds=max(0.0, left) / rate)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    def _frees(
        self, slots: Slots, now: datetime, zone: ZoneInfo
    ) -> Iterable[tuple[datetime, float]]:
        slots = sorted(slots)
        end = self.end(now, zone)
        if end is not None:
            return [(end, sum(used for _, used in slots))]
        return [(max(now, self.leaves(slot)), used) for slot, used in slots]

    def _first_day(self, local: datetime) -> datetime:
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        if self.text == "week":
            return (midnight.replace(tzinfo=None) - timedelta(days=midnight.weekday())).replace(
                tzinfo=local.tzinfo
            )
        return midnight.replace(day=1) if self.text == "month" else midnight
