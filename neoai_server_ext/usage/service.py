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

from sqlalchemy import func, select
from traitlets import Float
from traitlets.config import LoggingConfigurable

from .. import errors
from ..db import Database
from .folding import bring_in, interrupted
from .journal import Journal, Record
from .limits import Effective, OwnLimits, effective
from .models import (
    EventRow,
    EventsKept,
    Limits,
    LimitsSet,
    LimitsWanted,
    ProductEvent,
    ProjectUsage,
    Usage,
    UsageQuery,
)
from .month import MonthCost
from .sums import sums

FOLD_AFTER_S = 2.0
RETRY_S = 30.0
RETIRE_BYTES = 1 << 20
BATCH = 500
MAX_UNWRITTEN = 10_000
MANY_JOURNALS = 100
HELD_S = 10.0


@dataclass(frozen=True)
class Call:
    """A request that is about to be made. input_tokens: estimated; reply_tokens: at most so many.
    input_usd, most_usd: what that costs, None where the price is not known."""

    task: str
    provider: str
    model: str
    project_id: str | None = None
    input_tokens: int = 0
    reply_tokens: int = 0
    input_usd: float | None = None
    most_usd: float | None = None
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
        self._costs = MonthCost()
        self._own = OwnLimits(folder / "limits.json")
        self._told = ("", "")
        self._stopping = asyncio.Event()

    # Calls

    async def check_limit(self) -> None:
        """Raise Limited where this month's costs are at the hard limit (`limit-reached`) or may be
        there with what is under way (`limit-held`), and Unavailable (`limits-unreadable`) where it
        is not known whether there is one. Who calls `begin` next, without a pause, is the one that
        it holds for."""
        limit = await self._effective()
        if limit.hard_usd is None:
            return
        cost, now = await self._month_cost(), datetime.now(UTC)
        if cost < limit.hard_usd:
            if cost + self._costs.set_aside(_month(now)) < limit.hard_usd:
                return
            raise errors.Limited(limit.held(), code="limit-held", retry_after=HELD_S)
        raise errors.Limited(
            limit.over_hard(),
            code="limit-reached",
            retry_after=(_month_end(now) - now).total_seconds(),
        )

    async def notice(self) -> str:
        """What is to be said with a reply: that this month's costs are over a limit; else empty."""
        try:
            limit = await self._effective()
            if limit.soft_usd is None and limit.hard_usd is None:
                return ""
            return limit.notice(await self._month_cost())
        except errors.NeoAIError:
            return ""  # the reply is there, and the next request is told

    async def news(self) -> str:
        """`notice` where it was not given here before, for people who ask again and again."""
        notice = await self.notice()
        news = (_month(datetime.now(UTC)), notice)
        if not notice or news == self._told:
            return ""
        self._told = news
        return notice

    @property
    def under_way(self) -> int:
        """How many calls have begun here and not ended."""
        return len(self._open)

    def begin(self, call: Call) -> None:
        """Write a call down, before it is made."""
        self._open[call.id] = call
        self._costs.begun(call.id, _month(call.at), call.most_usd or 0.0)
        self._append(
            {
                "id": call.id,
                "at": call.at.timestamp(),
                "task": call.task,
                "project_id": call.project_id,
                "provider": call.provider,
                "model": call.model,
                "input_tokens": call.input_tokens,
                "cost_usd": call.input_usd,
            }
        )

    def end(self, call: Call, outcome: str, counts: Counts, first_s: float | None = None) -> None:
        """Write down what became of a call; only the first time counts."""
        if self._open.pop(call.id, None) is None:
            return
        self._costs.ended(call.id, counts.cost_usd or 0.0)
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
        if self._stopping.is_set():
            return  # whoever comes next brings it in
        if self._later is None or self._later.done():
            with suppress(RuntimeError):
                self._later = asyncio.get_running_loop().create_task(self._fold_later())

    async def _fold_later(self) -> None:
        pause = FOLD_AFTER_S
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return
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
        await self._end_folding()
        await self.start()
        self._journal.close()

    async def leave(self) -> None:
        """Stop without the database: the next server brings in what is written down. Where none
        has come for long, bring in what has piled up."""
        await self._end_folding()
        if self._unwritten or await asyncio.to_thread(self._journal.others) >= MANY_JOURNALS:
            await self.start()
        self._journal.close()

    async def _end_folding(self) -> None:
        """Nothing is cancelled in the middle: the database's driver would answer a closed loop."""
        self._stopping.set()
        if self._later is not None:
            await asyncio.gather(self._later, return_exceptions=True)

    async def fold(self) -> None:
        """Bring what is written down into the database; raises Unavailable, StorageFull."""
        async with self._folding:
            await self._fold()

    async def _fold(self) -> None:
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
                interrupted(record["id"])
                for record in left
                if "outcome" not in record and record["id"] not in ended
            ]
            await self._bring_in([*left, *cut])
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _bring_in(self, records: Sequence[Record]) -> None:
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            await bring_in(self._db, batch)
            self._costs.brought_in(batch)

    # What it came to

    async def usage(self, query: UsageQuery) -> Usage:
        """The sums over all calls that are over or under way."""
        await self._refresh()
        names = [name for name in query.group_by.split(",") if name]
        return Usage(
            total=(await sums(self._db, query, []))[0],
            items=await sums(self._db, query, names) if names else [],
            limits=await self.limits(),
        )

    async def limits(self) -> Limits:
        """This month's costs against the limits."""
        cost, problem = await self._month_cost(), ""
        try:
            limit = await self._effective()
        except errors.Unavailable as error:
            limit, problem = effective(LimitsWanted(), self._administrators), error.detail
        return Limits(
            month=_month(datetime.now(UTC)),
            cost_usd=cost,
            soft_limit_usd=limit.soft_usd,
            hard_limit_usd=limit.hard_usd,
            state="hard" if problem else limit.state(cost),
            notice=problem or limit.notice(cost),
        )

    async def limits_set(self) -> LimitsSet:
        """The user's own limits, the administrator's, and how they stand."""
        try:
            own = await asyncio.to_thread(self._own.read)
        except errors.Unavailable:
            own = LimitsWanted()
        return LimitsSet(
            soft_usd=own.soft_usd,
            hard_usd=own.hard_usd,
            administrator=self._administrators,
            effective=await self.limits(),
        )

    async def set_limits(self, wanted: LimitsWanted) -> LimitsSet:
        """Keep the user's own limits. Raises StorageFull."""
        await asyncio.to_thread(self._own.write, wanted)
        return await self.limits_set()

    @property
    def _administrators(self) -> LimitsWanted:
        soft, hard = self.soft_limit_usd or None, self.hard_limit_usd or None
        return LimitsWanted.model_construct(soft_usd=soft, hard_usd=hard)

    async def _effective(self) -> Effective:
        own = await asyncio.to_thread(self._own.read)
        return effective(own, self._administrators)

    async def of_project(self, project_id: str) -> ProjectUsage:
        """What a project took, and what happened in it."""
        await self.fold()
        everything = UsageQuery()
        total = (await sums(self._db, everything, [], project_id))[0]
        days = await sums(self._db, everything, ["day"], project_id)
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

    async def _month_cost(self) -> float:
        month = _month(datetime.now(UTC))
        if not self._costs.is_fresh(month):
            self._costs.asked()  # by one call, and no more of them where the database is locked
            try:
                await self._refresh()
            except errors.NeoAIError:
                if not self._costs.is_known(month):
                    raise
        return self._costs.cost(month)

    async def _refresh(self) -> None:
        """Bring in what is written down, here and by others, and sum up the month."""
        now = datetime.now(UTC)
        first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        async with self._folding:
            await self._fold()
            # until its end: the clock may have been ahead when calls were written down
            month = UsageQuery(since=first, until=_month_end(now))
            total = (await sums(self._db, month, []))[0]
            self._costs.summed(_month(now), total.cost_usd)


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"


def _month_end(now: datetime) -> datetime:
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)
