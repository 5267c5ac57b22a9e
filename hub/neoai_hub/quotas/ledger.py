"""The ledger: reserves at spawn, meters by heartbeat, settles at stop.

Every call is one transaction that excludes all other writers, so that a hub that is killed leaves
either all of it or nothing; what is charged goes by the monotonic clock, windows by the wall's.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neoai_spawners.protocols import CLEAN_UP, Denial, Denied, Meter, Notice, SpawnRequest

from .. import audit
from ..clock import Clock, Moment, SystemClock
from ..db import HubDatabase
from . import cleaning, store, volumes
from .models import ReservationRow, ReservationSubject, VolumeRow
from .rules import Clause, Rule, clauses, subjects_of
from .settings import QuotaSettings
from .standing import HOUR_S, Standing

log = logging.getLogger("neoai.hub.quotas")


class Ledger:
    """`neoai_spawners.protocols.Quotas` over the hub's database."""

    def __init__(
        self,
        database: HubDatabase,
        settings: QuotaSettings | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._database = database
        self.settings = settings or QuotaSettings()
        self._clock = clock or SystemClock()
        self._began_s = self._clock.monotonic()

    async def reserve(self, request: SpawnRequest) -> None:
        """Take what the server may use out of the quotas, all or nothing. Raises Denied.

        A server of the same name that still counts is settled first: it cannot run twice.
        """

        def work(session: Session) -> list[Denial]:
            moment = Moment.of(self._clock)
            if self._clear_the_way(session, request, moment):
                return []
            denials = self._denials(session, request, moment.at)
            if denials:
                audit.record(
                    session, moment.at, request.user, "server.denied", _server(request),
                    profile=request.profile, quotas=[_entry(denial) for denial in denials],
                )  # fmt: skip
            else:
                self._enter(session, request, moment)
            return denials

        denials = await self._database.write(work)
        if denials:
            raise Denied(denials)

    async def started(self, key: str) -> None:
        """The server runs: metering begins."""

        def work(session: Session) -> None:
            moment = Moment.of(self._clock)
            begun = {"start": key, "started_at": moment.at, **moment.beat}
            row = session.connection().execute(store.START, begun).first()
            if row is not None:
                audit.record(session, moment.at, row.user, "server.started", _server(row))

        await self._database.write(work)

    async def keep(self, key: str) -> None:
        """What was reserved is still wanted: nothing is charged, and it does not lapse."""

        def work(session: Session) -> None:
            row = session.get(ReservationRow, key)
            if row is not None and row.state in store.ACTIVE:
                Moment.of(self._clock).stamp(row)

        await self._database.write(work)

    async def heartbeat(self, key: str, meter: Meter) -> Sequence[Notice]:
        """The server still runs: charge the time since the last beat. What runs out soon, from the
        first warning on, at every beat; one whose `ends_at` has passed must stop.

        A server that had lapsed counts again, with the time since; a settled one is left alone.
        """

        def work(session: Session) -> list[Notice]:
            moment = Moment.of(self._clock)
            row = session.get(ReservationRow, key)
            if row is None or (row.state == "settled" and row.outcome != "lapsed"):
                return []
            if row.state != "running":
                self._resume(session, row, moment)
            store.charge(session, row, moment.since(row), moment.at)
            moment.stamp(row)
            self._note(session, row, meter, moment.at)
            session.flush()
            return self._notices(session, row, moment.at)

        return await self._database.write(work)

    async def settle(self, key: str) -> None:
        """The server has ended or never started: charge what it used and give the rest back.

        Nobody says when it ended: the time since the last beat is charged, one heartbeat at most.
        Settling again changes nothing.
        """

        def work(session: Session) -> None:
            moment = Moment.of(self._clock)
            row = session.get(ReservationRow, key)
            if row is None:
                return
            if row.state in store.ACTIVE:
                self._settle(session, row, moment, "ended", row.user)
            elif row.outcome == "lapsed":
                row.outcome = "ended"

        await self._database.write(work)

    async def sweep(self) -> int:
        """Settle servers of which nothing was heard for `lapse_s` while a hub could hear; how
        many."""

        def work(session: Session) -> int:
            moment = Moment.of(self._clock)
            rows = session.scalars(
                select(ReservationRow).where(ReservationRow.state.in_(store.ACTIVE))
            )
            lapse_s = self.settings.lapse_s
            silent = [row for row in rows if moment.silence(row, self._began_s) >= lapse_s]
            for row in silent:
                log.warning("nothing was heard of the server of %s (%s)", row.user, row.key)
                self._settle(session, row, moment, "lapsed", audit.HUB)
            return len(silent)

        return await self._database.write(work)

    async def standings(self, user: str, groups: Sequence[str]) -> list[Standing]:
        """Every quota that applies to a user, of several groups' the one that counts now."""
        now = self._clock.now()

        def work(session: Session) -> list[Standing]:
            rows = store.quota_rows(session, user, groups)
            return self._best(session, clauses(rows, user, groups), now)

        return await self._database.read(work)

    async def volumes(self, user: str) -> Sequence[VolumeRow]:
        """A user's volumes as they were last measured, the largest first."""
        return await self._database.read(lambda session: volumes.of(session, user))

    async def forget_volumes(self, user: str, names: Collection[str]) -> None:
        """Volumes that were deleted."""
        await self._database.write(lambda session: volumes.forget(session, user, names))

    async def forget_all_but(self, users: Collection[str]) -> int:
        """The volumes of users whom the hub has no more; of how many."""
        return await self._database.write(lambda session: volumes.forget_all_but(session, users))

    async def over_storage(self, user: str, groups: Sequence[str]) -> str:
        """Why a user may start a server to clean up alone; empty where that is not so."""
        now = self._clock.now()

        def work(session: Session) -> str:
            full = [
                each for each in self._storage(session, user, groups, now) if not each.room_for(0.0)
            ]
            return " ".join(each.denial(0.0, now, self.settings.zone).message for each in full)

        return await self._database.read(work)

    def _storage(
        self, session: Session, user: str, groups: Sequence[str], now: datetime
    ) -> list[Standing]:
        rows = [row for row in store.quota_rows(session, user, groups) if row.kind == "storage"]
        return self._best(session, clauses(rows, user, groups), now)

    def _denials(self, session: Session, request: SpawnRequest, now: datetime) -> list[Denial]:
        rows = store.quota_rows(session, request.user, request.groups)
        denials = []
        for best in self._best(session, clauses(rows, request.user, request.groups), now):
            asked = self._asked(best.rule, request)
            if asked is not None and not best.room_for(asked):
                denials.append(best.denial(asked, now, self.settings.zone))
        return cleaning.denials(request, denials)

    def _best(self, session: Session, found: Sequence[Clause], now: datetime) -> list[Standing]:
        """Of each clause the rule that leaves most room."""
        rules = dict.fromkeys(rule for clause in found for rule in clause)
        stand = store.standings(session, rules, now, self.settings)
        return [max((stand[rule] for rule in each), key=lambda one: one.left) for each in found]

    def _asked(self, rule: Rule, request: SpawnRequest) -> float | None:
        """What a start takes of a quota, in its unit; None where it needs none of it."""
        wants = request.resources
        match rule.kind.name:
            case "cpu":
                return wants.cpus
            case "memory":
                return float(wants.memory_bytes)
            case "servers":
                return 1.0
            case "storage":
                return 0.0
            case "server-hours":
                return max(store.hold_s(rule, 1, self.settings) / HOUR_S, 1e-6)
            case "gpu-hours" if wants.gpus:
                held = store.hold_s(rule, wants.gpus, self.settings)
                return max(wants.gpus * held / HOUR_S, 1e-6)
        return None

    def _clear_the_way(self, session: Session, request: SpawnRequest, moment: Moment) -> bool:
        """Whether this start counts already; what must not count beside it is settled."""
        asked = {"key": request.key, "user": request.user, "server": request.server}
        earlier = session.connection().execute(store.EARLIER, asked).scalars().all()
        rows = [session.get_one(ReservationRow, key) for key in earlier]
        mine = next((row for row in rows if row.key == request.key), None)
        if mine is not None and mine.state in store.ACTIVE:
            return True
        for row in rows:
            if row is mine:
                session.delete(row)
                of_it = ReservationSubject.key == request.key
                session.execute(delete(ReservationSubject).where(of_it))
            else:
                self._settle(session, row, moment, "superseded", audit.HUB)
        session.flush()
        return False

    def _enter(self, session: Session, request: SpawnRequest, moment: Moment) -> None:
        groups = sorted(set(request.groups))
        wants = request.resources
        row = {
            "key": request.key, "user": request.user, "server": request.server,
            "profile": request.profile, "groups": groups, "cpus": wants.cpus,
            "memory_bytes": wants.memory_bytes, "gpus": wants.gpus, "gpu_kind": wants.gpu_kind,
            "state": "reserved", "outcome": "", "reserved_at": moment.at, "metered_s": 0.0,
            **moment.beat,
        }  # fmt: skip
        subjects = subjects_of(request.user, groups)
        connection = session.connection()
        connection.execute(store.ENTER, row)
        connection.execute(
            store.COUNT_IN, [{"subject": subject, "key": request.key} for subject in subjects]
        )
        audit.record(
            session, moment.at, request.user, "server.reserved", _server(request),
            profile=request.profile, cpus=wants.cpus, memory_bytes=wants.memory_bytes,
            gpus=wants.gpus, gpu_kind=wants.gpu_kind,
        )  # fmt: skip

    def _resume(self, session: Session, row: ReservationRow, moment: Moment) -> None:
        """It runs, and the hub did not know: `started` was lost to a crash, or it had lapsed. Its
        time counts from the last that is known of it, which is no wait in line: that was kept."""
        row.state, row.outcome, row.settled_at = "running", "", None
        row.started_at = row.started_at or row.beat_at
        audit.record(session, moment.at, audit.HUB, "server.resumed", _server(row))

    def _settle(
        self, session: Session, row: ReservationRow, moment: Moment, outcome: str, actor: str
    ) -> None:
        if row.state == "running":
            seconds = min(moment.since(row), self.settings.heartbeat_s)
            store.charge(session, row, seconds, moment.at)
            row.beat_at += timedelta(seconds=seconds)
            row.beat_s += seconds
        row.state, row.outcome, row.settled_at = "settled", outcome, moment.at
        audit.record(
            session, moment.at, actor, "server.settled", _server(row), outcome=outcome,
            server_s=round(row.metered_s, 3), gpu_s=round(row.metered_s * row.gpus, 3),
        )  # fmt: skip

    def _note(self, session: Session, row: ReservationRow, meter: Meter, now: datetime) -> None:
        if meter.memory_bytes is not None:
            row.used_memory_bytes = meter.memory_bytes
        if meter.cpu_seconds is not None:
            row.cpu_seconds = meter.cpu_seconds
        if meter.volumes:
            volumes.measured(session, row, meter.volumes, now)

    def _notices(self, session: Session, row: ReservationRow, now: datetime) -> list[Notice]:
        rows = store.quota_rows(session, row.user, row.groups)
        kinds = ("server-hours", "gpu-hours") if row.gpus else ("server-hours",)
        timed = [each for each in clauses(rows, row.user, row.groups) if each[0].kind.name in kinds]
        found = []
        for best in self._best(session, timed, now):
            ahead = timedelta(seconds=self.settings.heartbeat_s)
            notice = best.notice(now, self.settings.zone, self.settings.warn_minutes, ahead)
            if notice is not None:
                found.append(notice)
        if row.profile == CLEAN_UP:
            storage = self._storage(session, row.user, row.groups, now)
            found.append(cleaning.notice(row, storage, self.settings, now))
        return sorted(found, key=lambda notice: notice.ends_at)


class _Server(Protocol):
    @property
    def user(self) -> str: ...
    @property
    def server(self) -> str: ...


def _server(what: _Server) -> str:
    return f"server:{what.user}/{what.server}"


def _entry(denial: Denial) -> dict[str, object]:
    return {"quota": denial.quota, "scope": denial.scope, "limit": denial.limit,
            "used": denial.used, "asked": denial.asked}  # fmt: skip
