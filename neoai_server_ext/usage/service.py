"""The ledger: each request to a model exactly once, whatever became of it. Knows no HTTP."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from traitlets import Float
from traitlets.config import LoggingConfigurable

from .. import errors
from ..db import Database
from .journal import Journal, Record
from .models import (
    CallRow,
    EventRow,
    EventsKept,
    Group,
    Limits,
    ProductEvent,
    ProjectUsage,
    Usage,
    UsageQuery,
)

FOLD_AFTER_S = 2.0
RETRY_S = 30.0
RETIRE_BYTES = 1 << 20
BATCH = 500
MAX_UNWRITTEN = 10_000
INTERRUPTED = "cut"


@dataclass(frozen=True)
class Call:
    """A request that is about to be made. input_tokens: estimated."""

    task: str
    provider: str
    model: str
    project_id: str | None = None
    input_tokens: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Counts:
    """What a request took. cost_usd: None where the price is not known."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = 0.0
    estimated: bool = False


class UsageService(LoggingConfigurable):
    """Keeps the ledger. folder: where calls are written down until they are in the database."""

    soft_limit_usd = Float(
        0.0, min=0, help="Costs of a month in USD from which on the usage warns; 0 for none."
    ).tag(config=True)
    hard_limit_usd = Float(
        0.0, min=0, help="Costs of a month in USD from which on no model is asked; 0 for none."
    ).tag(config=True)

    def __init__(self, db: Database, folder: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._db = db
        self._journal = Journal(folder)
        self._open: dict[str, Call] = {}
        self._unwritten: list[Record] = []
        self._folding = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None
        self._month = ("", 0.0)

    # Calls

    async def check_limit(self) -> None:
        """Raise Limited (`limit-reached`) where this month's costs are at the hard limit."""
        if self.hard_limit_usd and await self._month_cost() >= self.hard_limit_usd:
            now = datetime.now(UTC)
            end = _month_end(now)
            raise errors.Limited(
                f"This month's limit of ${self.hard_limit_usd:.2f} for models is reached "
                "(c.UsageService.hard_limit_usd).",
                code="limit-reached",
                retry_after=(end - now).total_seconds(),
            )

    def begin(self, call: Call) -> None:
        """Write a call down, before it is made."""
        self._open[call.id] = call
        self._append(
            {
                "id": call.id,
                "at": call.at.timestamp(),
                "task": call.task,
                "project_id": call.project_id,
                "provider": call.provider,
                "model": call.model,
                "input_tokens": call.input_tokens,
            }
        )

    def end(self, call: Call, outcome: str, counts: Counts, first_s: float | None = None) -> None:
        """Write down what became of a call; only the first time counts."""
        if self._open.pop(call.id, None) is None:
            return
        month, cost = self._month
        if month == _month(call.at):
            self._month = (month, cost + (counts.cost_usd or 0.0))
        self._append(
            {
                "id": call.id,
                "outcome": outcome,
                "input_tokens": counts.input_tokens,
                "output_tokens": counts.output_tokens,
                "cached_tokens": counts.cached_tokens,
                "cost_usd": counts.cost_usd,
                "estimated": counts.estimated,
                "latency_s": round(time.monotonic() - call.began, 4),
                "first_s": first_s,
            }
        )

    def _append(self, record: Record) -> None:
        try:
            self._journal.append(record)
        except OSError as error:
            self.log.error("a call of a model could not be written down: %s", error)
            if len(self._unwritten) < MAX_UNWRITTEN:
                self._unwritten.append(record)
        if self._later is None or self._later.done():
            with suppress(RuntimeError):
                self._later = asyncio.get_running_loop().create_task(self._fold_later())

    async def _fold_later(self) -> None:
        pause = FOLD_AFTER_S
        while True:
            await asyncio.sleep(pause)
            try:
                await self.fold()
            except errors.NeoAIError as error:
                self.log.warning("the usage is not in the database yet: %s", error.detail)
                pause = RETRY_S
                continue
            return

    async def start(self) -> None:
        """Bring in what killed servers left behind. Harmless while the database is out of order."""
        try:
            await self.fold()
        except errors.NeoAIError as error:
            self.log.warning("the usage is not in the database yet: %s", error.detail)

    async def stop(self) -> None:
        """Bring in what is left."""
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)
        await self.start()
        self._journal.close()

    async def fold(self) -> None:
        """Bring what is written down into the database; raises Unavailable, StorageFull."""
        async with self._folding:
            records, size = await asyncio.to_thread(self._journal.unfolded)
            await self._bring_in(records)
            self._journal.folded(size)
            unwritten, self._unwritten = self._unwritten, []
            try:
                await self._bring_in(unwritten)
            except BaseException:
                self._unwritten = [*unwritten, *self._unwritten]
                raise
            if size > RETIRE_BYTES and not self._open:
                self._journal.retire()
            abandoned = self._journal.abandoned()
            while (found := await asyncio.to_thread(next, abandoned, None)) is not None:
                path, left = found
                ended = {record["id"] for record in left if "outcome" in record}
                cut = [
                    {"id": record["id"], "outcome": INTERRUPTED, "estimated": True}
                    for record in left
                    if "outcome" not in record and record["id"] not in ended
                ]
                await self._bring_in([*left, *cut])
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _bring_in(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), BATCH):
            async with self._db.session() as session:
                for record in records[start : start + BATCH]:
                    row = await session.get(CallRow, record["id"])
                    if "outcome" not in record:
                        if row is None:
                            session.add(_row(record))
                    elif row is not None:
                        for name in record.keys() - {"id"}:
                            setattr(row, name, record[name])

    # What it came to

    async def usage(self, query: UsageQuery) -> Usage:
        """The sums over all calls that are over or under way."""
        await self.fold()
        names = [name for name in query.group_by.split(",") if name]
        return Usage(
            total=(await self._sums(query, []))[0],
            items=await self._sums(query, names) if names else [],
            limits=await self.limits(),
        )

    async def limits(self) -> Limits:
        """This month's costs against the limits."""
        cost = await self._month_cost()
        soft, hard = self.soft_limit_usd, self.hard_limit_usd
        state = "hard" if hard and cost >= hard else "soft" if soft and cost >= soft else "ok"
        return Limits(
            month=_month(datetime.now(UTC)),
            cost_usd=cost,
            soft_limit_usd=soft or None,
            hard_limit_usd=hard or None,
            state=state,
        )

    async def of_project(self, project_id: str) -> ProjectUsage:
        """What a project took, and what happened in it."""
        await self.fold()
        everything = UsageQuery()
        total = (await self._sums(everything, [], project_id))[0]
        days = await self._sums(everything, ["day"], project_id)
        async with self._db.session() as session:
            counted = select(EventRow.kind, func.count()).where(EventRow.project_id == project_id)
            rows = (await session.execute(counted.group_by(EventRow.kind))).all()
        events = {str(kind): int(count) for kind, count in rows}
        return ProjectUsage(project_id=project_id, total=total, days=days, events=events)

    async def keep_events(self, events: Sequence[ProductEvent]) -> EventsKept:
        """Keep what is not known yet."""
        given = {event.id: event for event in reversed(events)}
        async with self._db.session() as session:
            found = select(EventRow.id).where(EventRow.id.in_(given))
            known = set((await session.scalars(found)).all())
            for event in given.values():
                if event.id not in known:
                    session.add(
                        EventRow(
                            id=event.id,
                            kind=event.kind,
                            at=event.at,
                            project_id=event.project_id,
                            data=event.model_extra or {},
                        )
                    )
        accepted = len(given) - len(known)
        return EventsKept(accepted=accepted, known=len(events) - accepted)

    async def _sums(
        self, query: UsageQuery, names: Sequence[str], project_id: str | None = None
    ) -> list[Group]:
        columns: dict[str, ColumnElement[Any]] = {
            "model": CallRow.model.expression,
            "task": CallRow.task.expression,
            "project": func.coalesce(CallRow.project_id, ""),
            "day": CallRow.day.expression,
        }
        groups = [columns[name].label(name) for name in names]

        def total(value: Any, name: str) -> ColumnElement[Any]:
            return func.coalesce(func.sum(value), 0).label(name)

        def how_many(condition: ColumnElement[bool], name: str) -> ColumnElement[Any]:
            return total(case((condition, 1), else_=0), name)

        asked = select(
            *groups,
            func.count().label("calls"),
            how_many(CallRow.outcome.not_in(("ok", "running")), "failed"),
            how_many(CallRow.estimated.is_(True), "estimated"),
            how_many(CallRow.cost_usd.is_(None), "unpriced"),
            total(CallRow.input_tokens, "input_tokens"),
            total(CallRow.output_tokens, "output_tokens"),
            total(CallRow.cached_tokens, "cached_tokens"),
            total(CallRow.cost_usd, "cost_usd"),
        )
        if query.since is not None:
            asked = asked.where(CallRow.at >= query.since)
        if query.until is not None:
            asked = asked.where(CallRow.at < query.until)
        if project_id is not None:
            asked = asked.where(CallRow.project_id == project_id)
        if groups:
            asked = asked.group_by(*groups).order_by(*groups)
        async with self._db.session() as session:
            rows = (await session.execute(asked)).mappings().all()
        return [Group(**dict(row)) for row in rows]

    async def _month_cost(self) -> float:
        now = datetime.now(UTC)
        if self._month[0] != _month(now):
            await self.fold()
            first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            total = (await self._sums(UsageQuery(since=first), []))[0]
            self._month = (_month(now), total.cost_usd)
        return self._month[1]


def _row(record: Record) -> CallRow:
    at = datetime.fromtimestamp(record["at"], UTC)
    return CallRow(
        id=record["id"],
        at=at,
        day=at.date().isoformat(),
        task=record["task"],
        project_id=record["project_id"],
        provider=record["provider"],
        model=record["model"],
        outcome="running",
        input_tokens=record["input_tokens"],
        output_tokens=0,
        cached_tokens=0,
        cost_usd=None,
        latency_s=0.0,
        first_s=None,
        estimated=True,
    )


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"


def _month_end(now: datetime) -> datetime:
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)
