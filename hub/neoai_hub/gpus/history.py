"""How busy GPUs were over time: the samples of their leases, in at most some hundred steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, extract, func, select
from sqlalchemy.orm import Session

from ..clock import Clock, SystemClock
from ..db import HubDatabase
from .models import GpuRow, GpuSampleRow


@dataclass(frozen=True)
class Span:
    """How far back, in steps of how many seconds. `of_all`: cheap enough for every GPU at once."""

    name: str
    seconds: int
    step: int
    of_all: bool = True

    @property
    def steps(self) -> int:
        """How many points it has at most."""
        return self.seconds // self.step


SPANS = {
    span.name: span
    for span in (
        Span("hour", 3600, 60),
        Span("day", 86400, 600),
        Span("week", 7 * 86400, 3600, of_all=False),
        Span("month", 30 * 86400, 6 * 3600, of_all=False),
    )
}


@dataclass(frozen=True)
class Point:
    """One step: the mean and the highest utilisation (0 to 1) of what was held, None where nothing
    was sampled; `held`: how many GPUs; `memory`: the bytes in use of one on average,
    where that is known."""

    at: datetime
    mean: float | None = None
    highest: float | None = None
    held: int = 0
    memory: float | None = None


class GpuHistory:
    """Reads the samples."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._of_all: dict[str, dict[int, Point]] = {}

    async def points(self, span: Span, device: str = "") -> Sequence[Point]:
        """Every step of the span until now, of one device or of all."""
        now = int(self._clock.now().timestamp())
        newest = now - now % span.step
        starts = range(newest - (span.steps - 1) * span.step, newest + 1, span.step)
        known = {} if device else self._of_all.get(span.name, {})
        # What has ended changes no more, but the last sample of a step may be written in the next.
        since = max([starts[0], *(start for start in known if start < newest)])
        query = _steps(span, datetime.fromtimestamp(since, UTC), device)

        def work(session: Session) -> dict[int, Point]:
            points = [_point(*row) for row in session.execute(query)]
            return {int(point.at.timestamp()): point for point in points}

        found = {**known, **await self._database.read(work)}
        steps = [found.get(start) or Point(datetime.fromtimestamp(start, UTC)) for start in starts]
        if not device:
            self._of_all[span.name] = dict(zip(starts, steps, strict=True))
        return steps


def _steps(span: Span, since: datetime, device: str) -> Select[Any]:
    sample = GpuSampleRow
    seconds = extract("epoch", sample.at)
    start = (seconds - seconds % span.step).label("start")
    # By name, so that the key of the table finds them: it begins with the device.
    devices = [device] if device else select(GpuRow.id)
    return (
        select(
            start,
            func.avg(sample.utilisation),
            func.max(sample.utilisation),
            func.count(sample.device_id.distinct()),
            func.avg(sample.memory_bytes),
        )
        .where(sample.device_id.in_(devices), sample.at >= since)
        .group_by(start)
        .order_by(start)
    )


def _point(start: int, mean: float, highest: float, held: int, memory: float | None) -> Point:
    at = datetime.fromtimestamp(int(start), UTC)
    return Point(at, float(mean), float(highest), held, None if memory is None else float(memory))


def told(points: Sequence[Point], span: Span) -> str:
    """The history in a sentence."""
    measured = [point for point in points if point.mean is not None and point.highest is not None]
    if not measured:
        return f"Nothing was measured in the last {span.name}."
    mean = sum(point.mean or 0 for point in measured) / len(measured)
    highest = max(point.highest or 0 for point in measured)
    return f"In the last {span.name}: {mean:.0%} busy on average while held, {highest:.0%} at most."
