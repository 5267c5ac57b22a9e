"""The pool: who holds which GPU. Each call is one transaction that excludes all other writers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import Select, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from neoai_spawners.protocols import (
    Denial,
    Denied,
    Device,
    Lease,
    Notice,
    SpawnRequest,
    Waiting,
)

from .. import audit
from ..clock import Clock, Moment, SystemClock
from ..db import HubBase, HubDatabase
from . import line
from .devices import Devices, by_id
from .line import Wish
from .models import GpuLeaseRow, GpuRow, GpuSampleRow, GpuWaitingRow
from .nvml import ABSENT, LiveNvml, Nvml, NvmlError, discover
from .sampling import Use, uses
from .settings import GpuSettings

log = logging.getLogger("neoai.hub.gpus")
PAST = 50


def _active() -> Select[GpuLeaseRow]:
    return select(GpuLeaseRow).where(GpuLeaseRow.ended_at.is_(None)).order_by(GpuLeaseRow.id)


# Made once: to put one together takes longer than SQLite needs to answer it.
_LEASES = HubBase.metadata.tables[GpuLeaseRow.__tablename__]
LEASE = insert(_LEASES)
BETWEEN = "\n"
TAKEN = select(func.aggregate_strings(_LEASES.c.device_id, BETWEEN)).where(
    _LEASES.c.ended_at.is_(None)
)
"""The devices that are held, in one row: there are hundreds of them."""
HELD_BY = select(_LEASES.c.id).where(
    _LEASES.c.ended_at.is_(None),
    or_(
        _LEASES.c.key == bindparam("key"),
        and_(_LEASES.c.user == bindparam("user"), _LEASES.c.server == bindparam("server")),
    ),
)
"""What a start holds, or an earlier one of the same server."""
LINE = select(GpuWaitingRow).order_by(GpuWaitingRow.id)
SOMEBODY_WAITS = select(HubBase.metadata.tables[GpuWaitingRow.__tablename__].c.id).limit(1)


@dataclass(frozen=True)
class Holding:
    """A device and, where it is held, its lease."""

    device: GpuRow
    lease: GpuLeaseRow | None


class GpuPool:
    """`neoai_spawners.protocols.Leases` over the hub's database."""

    def __init__(
        self,
        database: HubDatabase,
        settings: GpuSettings | None = None,
        clock: Clock | None = None,
        nvml: Nvml | None = None,
    ) -> None:
        self._database = database
        self.settings = settings or GpuSettings()
        self._clock = clock or SystemClock()
        self._nvml = nvml or LiveNvml()
        self._began_s = self._clock.monotonic()
        self._found_here = False
        self._devices = Devices()
        self._discovering = asyncio.Lock()
        self.discovered = False

    async def discover(self) -> str:
        """Look which GPUs there are, and keep them; a sentence that says what was found."""
        found, said = await asyncio.to_thread(self._ask_nvml)
        self._found_here = bool(found)
        configured = [Device(**device.model_dump()) for device in self.settings.devices]
        now = self._clock.now()

        def work(session: Session) -> None:
            self._devices.forget()
            session.execute(update(GpuRow).values(present=False))
            for source, devices in (("nvml", found), ("settings", configured)):
                for device in devices:
                    row = GpuRow(**asdict(device), source=source, present=True, seen_at=now)
                    session.merge(row)

        await self._database.write(work)
        self.discovered = True
        if configured:
            said += f" {len(configured)} configured by hand."
        return said

    async def acquire(self, request: SpawnRequest) -> Lease | Waiting:
        """A lease of as many devices as the request names, or the place in the line, which is kept
        while it is asked again. Raises Denied where there can never be as many."""
        if not request.resources.gpus:
            return self._lease(request.key, [], Moment.of(self._clock))
        wish = Wish(request.resources.gpus, request.resources.gpu_kind)
        async with self._discovering:
            if not self.discovered:
                await self.discover()

        def work(session: Session) -> Lease | Waiting:
            moment = Moment.of(self._clock)
            held = session.connection().execute(HELD_BY, _names(request)).scalars().all()
            rows = [session.get_one(GpuLeaseRow, number) for number in sorted(held)]
            mine = [row for row in rows if row.key == request.key]
            if mine:
                for row in mine:
                    self._beat(session, row, None, moment)
                devices = by_id(session.connection())
                return self._lease(request.key, [devices[row.device_id] for row in mine], moment)
            for row in rows:
                self._end(session, row, moment, "superseded")
            session.flush()
            return self._take_or_wait(session, request, wish, moment)

        return await self._database.write(work)

    async def renew(self, key: str, utilisation: Mapping[str, float]) -> Sequence[Notice]:
        """Keep the lease; `utilisation` is 0 to 1 by device. What is reclaimed soon for being idle;
        past its `ends_at` the server must stop, and then release.

        A lease that had expired is taken again if nobody else has the devices.
        """
        found = await uses(self._nvml if self._found_here else None, utilisation)

        def work(session: Session) -> Sequence[Notice]:
            moment = Moment.of(self._clock)
            rows = list(session.scalars(_active().where(GpuLeaseRow.key == key)))
            if not rows:
                return self._again(session, key, moment)
            for row in rows:
                self._beat(session, row, found.get(row.device_id), moment)
            return self._idle(session, rows, moment)

        return await self._database.write(work)

    async def release(self, key: str) -> None:
        """Give the devices, or the place in the line, back. Again changes nothing."""

        def work(session: Session) -> None:
            moment = Moment.of(self._clock)
            session.execute(delete(GpuWaitingRow).where(GpuWaitingRow.key == key))
            for row in session.scalars(select(GpuLeaseRow).where(GpuLeaseRow.key == key)):
                if row.ended_at is None:
                    self._end(session, row, moment, row.reason or "released")
                elif row.reason == "expired":
                    row.reason = "released"

        await self._database.write(work)

    async def sweep(self) -> int:
        """End leases of which nothing was heard for `lease_s` while a hub could hear; how many.
        Places in the line of whom nobody asks any more and old samples go too."""

        def work(session: Session) -> int:
            moment = Moment.of(self._clock)
            oldest = moment.at - timedelta(days=self.settings.samples_kept_days)
            session.execute(delete(GpuSampleRow).where(GpuSampleRow.at < oldest))
            self._line(session, moment)
            silent = [
                row
                for row in session.scalars(_active())
                if moment.silence(row, self._began_s) >= self.settings.lease_s
            ]
            for row in silent:
                self._end(session, row, moment, "expired")
            return len(silent)

        return await self._database.write(work)

    async def holdings(self) -> list[Holding]:
        """Every device that is present or held, and by whom."""

        def work(session: Session) -> list[Holding]:
            leases = {row.device_id: row for row in session.scalars(_active())}
            rows = session.scalars(select(GpuRow).order_by(GpuRow.node, GpuRow.id))
            return [
                Holding(row, leases.get(row.id)) for row in rows if row.present or row.id in leases
            ]

        return await self._database.read(work)

    async def line(self) -> list[GpuWaitingRow]:
        """Who waits, first come first."""

        def work(session: Session) -> list[GpuWaitingRow]:
            return list(session.scalars(LINE))

        return await self._database.read(work)

    def _ask_nvml(self) -> tuple[list[Device], str]:
        if not self.settings.discover:
            return [], "discovery is off."
        try:
            found = discover(self._nvml, self.settings.node)
        except (NvmlError, ImportError) as error:
            if isinstance(error, NvmlError) and error.code not in ABSENT:
                log.warning("NVML: %s", error)
            return [], f"none found on this machine (NVML says: {error})."
        kinds = sorted({device.kind for device in found})
        return found, f"{len(found)} found on this machine ({', '.join(kinds) or 'none'})."

    def _take_or_wait(
        self, session: Session, request: SpawnRequest, wish: Wish, moment: Moment
    ) -> Lease | Waiting:
        devices = self._devices.present(session.connection())
        if not self._devices.possible(wish):
            raise Denied([_none_such(wish, devices)])
        taken = set((session.connection().execute(TAKEN).scalar() or "").split(BETWEEN))
        free = [device for device in devices if device.id not in taken]
        waiting = self._line(session, moment)
        place = next((row for row in waiting if _same(row, request)), None)
        ahead = [Wish(row.gpus, row.kind) for row in waiting if place is None or row.id < place.id]
        chosen = line.pick(wish, line.left_for(ahead, free, devices))
        if chosen:
            if place is not None:
                session.delete(place)
            for device in chosen:
                self._take(session, device, request.key, request.user, request.server, moment)
            return self._lease(request.key, chosen, moment)
        self._stand(session, request, place, moment)
        kinds = {device.kind for device in devices if wish.fits(device)}
        past = self._past(session, kinds)
        held = session.scalars(_active().where(GpuLeaseRow.kind.in_(kinds)))
        ages = [row.held_s + moment.since(row) for row in held]
        needed = line.lacking(wish, ahead, free, devices)
        return Waiting(
            line.position(wish, ahead, devices), line.expected(needed, ages, past, moment.at)
        )

    def _line(self, session: Session, moment: Moment) -> list[GpuWaitingRow]:
        """Those who still ask; the others' places go."""
        alive: list[GpuWaitingRow] = []
        if session.connection().execute(SOMEBODY_WAITS).first() is None:
            return alive
        for row in list(session.scalars(LINE)):
            if moment.silence(row, self._began_s) >= self.settings.waiting_s:
                session.delete(row)
            else:
                alive.append(row)
        return alive

    def _stand(
        self,
        session: Session,
        request: SpawnRequest,
        place: GpuWaitingRow | None,
        moment: Moment,
    ) -> None:
        new = place is None
        place = place or GpuWaitingRow(user=request.user, server=request.server, asked_at=moment.at)
        place.key, place.kind = request.key, request.resources.gpu_kind
        place.gpus = request.resources.gpus
        moment.stamp(place)
        if new:
            session.add(place)
            audit.record(
                session, moment.at, request.user, "gpu.waiting",
                f"server:{request.user}/{request.server}", gpus=place.gpus, kind=place.kind,
            )  # fmt: skip

    def _past(self, session: Session, kinds: set[str]) -> list[float]:
        query = (
            select(GpuLeaseRow.held_s)
            .where(GpuLeaseRow.kind.in_(kinds), GpuLeaseRow.ended_at.is_not(None))
            .order_by(GpuLeaseRow.ended_at.desc())
            .limit(PAST)
        )
        return list(session.scalars(query))

    def _take(
        self,
        session: Session,
        device: Device,
        key: str,
        user: str,
        server: str,
        moment: Moment,
    ) -> None:
        lease = {
            "device_id": device.id, "kind": device.kind, "key": key, "user": user,
            "server": server, "taken_at": moment.at, "reason": "", "held_s": 0.0, "idle_s": 0.0,
            **moment.beat,
        }  # fmt: skip
        session.connection().execute(LEASE, lease)
        audit.record(
            session, moment.at, user, "gpu.leased", f"gpu:{device.id}", server=f"{user}/{server}"
        )

    def _end(self, session: Session, row: GpuLeaseRow, moment: Moment, reason: str) -> None:
        row.held_s += min(moment.since(row), self.settings.lease_s)
        row.ended_at, row.reason = moment.at, reason
        actor = row.user if reason == "released" else audit.HUB
        audit.record(
            session, moment.at, actor, "gpu.returned", f"gpu:{row.device_id}",
            server=f"{row.user}/{row.server}", reason=reason, held_s=round(row.held_s, 3),
        )  # fmt: skip

    def _beat(self, session: Session, row: GpuLeaseRow, use: Use | None, moment: Moment) -> None:
        passed = moment.since(row)
        row.held_s += passed
        if use is not None:
            idle = use.utilisation < self.settings.idle_below
            row.idle_s = row.idle_s + passed if idle else 0.0
            row.utilisation = use.utilisation
            sample = {"device_id": row.device_id, "at": moment.at, "user": row.user}
            session.add(GpuSampleRow(**sample, **asdict(use)))
        moment.stamp(row)

    def _idle(self, session: Session, rows: list[GpuLeaseRow], moment: Moment) -> Sequence[Notice]:
        idle = min(row.idle_s for row in rows)
        left = self.settings.idle_s - idle
        if not self.settings.idle_s or idle == 0:
            return []
        due = [minutes for minutes in self.settings.idle_warn_minutes if left <= minutes * 60]
        ends = moment.at + timedelta(seconds=left)
        if left <= 0:
            for row in rows:
                if not row.reason:
                    row.reason = "idle"
                    audit.record(
                        session, moment.at, audit.HUB, "gpu.reclaimed", f"gpu:{row.device_id}",
                        server=f"{row.user}/{row.server}", idle_s=round(row.idle_s),
                    )  # fmt: skip
            text = f"The GPU was idle for {round(idle / 60)} minutes and goes to others."
            return [Notice("gpu-idle", ends, text, 0)]
        if not due:
            return []
        text = (
            f"The GPU is idle. Use it within {max(1, round(left / 60))} minutes, or your work is "
            "saved and the server is stopped, so that others can have it."
        )
        return [Notice("gpu-idle", ends, text, min(due))]

    def _again(self, session: Session, key: str, moment: Moment) -> Sequence[Notice]:
        """A lease that had expired, and its server lives: it was only not heard of."""
        query = select(GpuLeaseRow).where(GpuLeaseRow.key == key)
        rows = [row for row in session.scalars(query) if row.reason == "expired"]
        wanted = {row.device_id: row for row in rows}
        if not wanted:  # as for every server without a GPU, at each heartbeat
            return []
        devices = by_id(session.connection())
        taken = {row.device_id for row in session.scalars(_active())}
        if taken & set(wanted):
            text = "The GPU went to somebody else while nothing was heard of this server."
            return [Notice("gpu-lease", moment.at, text, 0)]
        for identity, row in wanted.items():
            row.reason = "resumed"
            self._take(session, devices[identity], key, row.user, row.server, moment)
        return []

    def _lease(self, key: str, devices: Sequence[Device], moment: Moment) -> Lease:
        return Lease(key, tuple(devices), moment.at + timedelta(seconds=self.settings.lease_s))


def _names(request: SpawnRequest) -> dict[str, str]:
    return {"key": request.key, "user": request.user, "server": request.server}


def _same(row: GpuWaitingRow, request: SpawnRequest) -> bool:
    return (row.user, row.server) == (request.user, request.server)


def _none_such(wish: Wish, devices: Sequence[Device]) -> Denial:
    there = sum(wish.fits(device) for device in devices)
    what = f"{wish.kind} GPU".strip() + ("" if wish.gpus == 1 else "s")
    text = f"GPUs: this needs {wish.gpus} {what} in one machine"
    if there:
        text += f", and no machine of this hub has as many (there are {there} in all)."
    else:
        text += ", and this hub has none."
    return Denial(
        "gpus", "default", there, 0, wish.gpus, "gpus", None,
        f"{text} Take another profile, or ask an administrator.",
    )  # fmt: skip
