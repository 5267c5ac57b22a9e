"""The history of GPUs, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from neoai_hub.db import HubDatabase
from neoai_hub.gpus.history import SPANS, GpuHistory, told
from neoai_hub.gpus.models import GpuRow, GpuSampleRow

from ..conftest import MovedClock


async def sampled(database: HubDatabase, samples: dict[tuple[str, datetime], float]) -> None:
    devices = sorted({device for device, _ in samples})
    now = datetime.now(UTC)

    def work(session: Session) -> None:
        for device in devices:
            session.add(
                GpuRow(id=device, kind="H100", node="", memory_bytes=0, source="settings",
                       present=True, seen_at=now)
            )  # fmt: skip
        for (device, at), busy in samples.items():
            session.add(GpuSampleRow(device_id=device, at=at, user="ann", utilisation=busy))

    await database.write(work)


@pytest.mark.parametrize("name", SPANS)
async def test_each_span_has_every_step_until_now(
    database: HubDatabase, clock: MovedClock, name: str
) -> None:
    span = SPANS[name]
    await sampled(database, {("a", clock.now()): 0.5})
    points = await GpuHistory(database, clock).points(span, "a")
    assert len(points) == span.steps
    steps = {(later.at - one.at).total_seconds() for one, later in pairwise(points)}
    assert steps == {span.step}
    assert points[-1].at <= clock.now() < points[-1].at + timedelta(seconds=span.step)
    assert points[-1].mean == 0.5
    assert {point.mean for point in points[:-1]} == {None}


async def test_what_is_kept_of_all_is_what_a_new_reader_finds(
    database: HubDatabase, clock: MovedClock
) -> None:
    history = GpuHistory(database, clock)
    await sampled(database, {("a", clock.now()): 0.5})
    for minute in range(30):
        at, share = clock.now(), minute / 30

        def work(session: Session, at: datetime = at, share: float = share) -> None:
            session.add(GpuSampleRow(device_id="b", at=at, user="bob", utilisation=share))

        await database.write(work)
        clock.pass_(61)
        for name in ("hour", "day"):
            kept = await history.points(SPANS[name])
            assert kept == await GpuHistory(database, clock).points(SPANS[name])
    clock.pass_(90_000)
    assert not any(point.held for point in await history.points(SPANS["day"]))


async def test_the_memory_in_use_is_the_mean_of_what_is_known(
    database: HubDatabase, clock: MovedClock
) -> None:
    clock.pass_(60)  # into a step
    known = {clock.now(): 4 * 2**30, clock.now() - timedelta(seconds=10): 2 * 2**30}
    await sampled(database, {("a", clock.now() - timedelta(seconds=20)): 0.1})

    def work(session: Session) -> None:
        for at, size in known.items():
            session.add(
                GpuSampleRow(device_id="a", at=at, user="ann", utilisation=0.1, memory_bytes=size)
            )

    await database.write(work)
    points = await GpuHistory(database, clock).points(SPANS["day"], "a")
    assert [point.memory for point in points if point.held][-1] == pytest.approx(3 * 2**30)


async def test_a_step_has_the_mean_and_the_highest_of_its_samples(
    database: HubDatabase, clock: MovedClock
) -> None:
    now = clock.now()
    await sampled(
        database,
        {
            ("a", now - timedelta(minutes=20)): 0.2,
            ("a", now - timedelta(minutes=18, seconds=30)): 0.6,
            ("b", now - timedelta(minutes=19)): 1.0,
            ("a", now - timedelta(days=2)): 0.9,
        },
    )
    history = GpuHistory(database, clock)
    of_a = [point for point in await history.points(SPANS["day"], "a") if point.held]
    of_all = [point for point in await history.points(SPANS["day"]) if point.held]
    assert [(point.mean, point.highest, point.held) for point in of_a] == [
        (pytest.approx(0.4), 0.6, 1)
    ]
    assert [(point.mean, point.highest, point.held) for point in of_all] == [
        (pytest.approx(0.6), 1.0, 2)
    ]
    assert told(of_a, SPANS["day"]) == (
        "In the last day: 40% busy on average while held, 60% at most."
    )
    assert [point.held for point in await history.points(SPANS["day"], "c") if point.held] == []
