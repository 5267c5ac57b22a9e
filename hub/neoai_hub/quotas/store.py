"""What the ledger reads and writes in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Float,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..db import HubBase
from .models import (
    DEFAULT,
    KINDS,
    QuotaRow,
    ReservationRow,
    ReservationSubject,
    UsageRow,
    VolumeRow,
)
from .rules import Rule, SetQuota, subjects_of
from .settings import QuotaSettings
from .standing import HOUR_S, Standing
from .windows import slot_of

ACTIVE = ("reserved", "running")


def _active(*columns: Any) -> Select[Any]:
    """Those that hold something now, then whose they are: a group has many that have ended."""
    its = exists().where(
        ReservationSubject.subject == bindparam("subject"),
        ReservationSubject.key == ReservationRow.key,
    )
    return select(*columns).select_from(ReservationRow).where(ReservationRow.state.in_(ACTIVE), its)


def _left(hold: Any) -> Any:
    """What is not used yet of the seconds that one start holds."""
    return case((ReservationRow.metered_s < hold, hold - ReservationRow.metered_s), else_=0.0)


# Made once: to put one together takes longer than SQLite needs to answer it.
_HOLD = bindparam("hold", type_=Float)
_GPU_HOLD = bindparam("gpu_hold", type_=Float)
_GPU_WHOLE = bindparam("gpu_whole", type_=Float)
_GPUS = ReservationRow.gpus
_OF_GPUS = case((_GPUS * _GPU_HOLD > _GPU_WHOLE, _GPU_WHOLE / _GPUS), else_=_GPU_HOLD)
_RUNNING = ReservationRow.state == "running"
TAKEN = _active(
    func.sum(ReservationRow.cpus),
    func.sum(ReservationRow.memory_bytes),
    func.count(),
    func.sum(case((_RUNNING, 1), else_=0)),
    func.sum(_left(_HOLD)),
    func.sum(case((_RUNNING, _GPUS), else_=0)),
    func.sum(_GPUS * _left(_OF_GPUS)),
)
"""All that the servers of a subject take, in one statement: cores, bytes, servers, and of servers
and of GPUs how much a second is used and how much is held."""
STORED = select(func.sum(VolumeRow.bytes)).where(VolumeRow.subject == bindparam("subject"))
TIMED = tuple(kind.name for kind in KINDS.values() if kind.timed)
NEVER = datetime.max.replace(tzinfo=UTC)
USED = select(UsageRow.kind, UsageRow.slot, UsageRow.amount).where(
    UsageRow.subject == bindparam("subject"),
    or_(*(and_(UsageRow.kind == kind, UsageRow.slot >= bindparam(kind)) for kind in TIMED)),
)
"""Of each timed kind what was used in the slots from the moment of its name on."""
EARLIER = select(ReservationRow.key).where(
    or_(
        ReservationRow.key == bindparam("key"),
        and_(
            ReservationRow.user == bindparam("user"),
            ReservationRow.server == bindparam("server"),
            ReservationRow.state.in_(ACTIVE),
        ),
    )
)
"""This start itself, and earlier ones of the same server that still count."""
_RESERVATIONS = HubBase.metadata.tables[ReservationRow.__tablename__]
ENTER = insert(_RESERVATIONS)
START = (
    update(_RESERVATIONS)
    .where(
        _RESERVATIONS.c.key == bindparam("start"),
        or_(
            _RESERVATIONS.c.state == "reserved",
            and_(_RESERVATIONS.c.outcome == "lapsed", _RESERVATIONS.c.started_at.is_(None)),
        ),
    )
    .values(state="running", outcome="", settled_at=None)
    .returning(_RESERVATIONS.c.user, _RESERVATIONS.c.server)
)
"""Metering begins, also where the start has lapsed before it was over."""
COUNT_IN = insert(HubBase.metadata.tables[ReservationSubject.__tablename__])
_SET = HubBase.metadata.tables[QuotaRow.__tablename__].c
QUOTAS = (
    select(_SET.scope, _SET.name, _SET.kind, _SET.shared, _SET.limit, _SET.window)
    .where(
        or_(
            QuotaRow.scope == DEFAULT,
            and_(QuotaRow.scope == "user", QuotaRow.name == bindparam("user")),
            and_(QuotaRow.scope == "group", QuotaRow.name.in_(bindparam("groups", expanding=True))),
        )
    )
    .order_by(QuotaRow.scope, QuotaRow.name)
)


@dataclass(frozen=True)
class Taken:
    """What the servers of a subject take, in the order of TAKEN."""

    cpu: float = 0.0
    memory: float = 0.0
    servers: float = 0.0
    rate: float = 0.0
    held_s: float = 0.0
    gpu_rate: float = 0.0
    gpu_held_s: float = 0.0

    def timed(self, kind: str) -> tuple[float, float]:
        """Hours that are held, and hours used a second; of what no server takes, none."""
        if kind == "server-hours":
            return self.held_s / HOUR_S, self.rate / HOUR_S
        if kind == "gpu-hours":
            return self.gpu_held_s / HOUR_S, self.gpu_rate / HOUR_S
        return 0.0, 0.0


def quota_rows(session: Session, user: str, groups: Iterable[str]) -> Sequence[SetQuota]:
    """The quotas of a user, of these groups and of everybody."""
    asked = {"user": user, "groups": list(groups)}
    return [SetQuota(*row) for row in session.connection().execute(QUOTAS, asked)]


def standings(
    session: Session, rules: Iterable[Rule], now: datetime, settings: QuotaSettings
) -> dict[Rule, Standing]:
    """How each of the rules stands now."""
    together: dict[str, list[dict[str, Rule]]] = {}
    for rule in rules:
        sets = together.setdefault(rule.subject, [])
        free = next((each for each in sets if rule.kind.name not in each), None)
        if free is None:
            sets.append(free := {})
        free[rule.kind.name] = rule
    found: dict[Rule, Standing] = {}
    for subject, sets in together.items():
        for by_kind in sets:
            found |= _standings(session, subject, by_kind, now, settings)
    return found


def _standings(
    session: Session,
    subject: str,
    rules: Mapping[str, Rule],
    now: datetime,
    settings: QuotaSettings,
) -> dict[Rule, Standing]:
    """Of one subject, at most one rule of a kind."""
    connection = session.connection()
    found: dict[Rule, Standing] = {}
    taken = Taken()
    if not {"storage", "ai-budget"}.issuperset(rules):
        row = connection.execute(TAKEN, {"subject": subject, **_holds(rules, settings)}).one()
        taken = Taken(*(value or 0 for value in row))
    slots = _slots(connection, subject, rules, now, settings)
    for kind, rule in rules.items():
        if kind == "storage":
            stored = connection.execute(STORED, {"subject": subject}).scalar()
            found[rule] = Standing(rule, float(stored or 0))
        elif rule.window is None:
            found[rule] = Standing(rule, float(getattr(taken, kind)))
        else:
            used = sum(amount for _, amount in slots[kind])
            found[rule] = Standing(rule, used, *taken.timed(kind), tuple(slots[kind]))
    return found


def _holds(rules: Mapping[str, Rule], settings: QuotaSettings) -> dict[str, float]:
    servers, gpus = rules.get("server-hours"), rules.get("gpu-hours")
    return {
        "hold": hold_s(servers, 1, settings) if servers else 0.0,
        "gpu_hold": settings.hold_s if gpus else 0.0,
        "gpu_whole": gpus.limit * HOUR_S if gpus else 0.0,
    }


def _slots(
    connection: Connection,
    subject: str,
    rules: Mapping[str, Rule],
    now: datetime,
    settings: QuotaSettings,
) -> dict[str, list[tuple[datetime, float]]]:
    """What was used of each timed kind in which slot, in the kind's unit."""
    windows = {kind: rule.window for kind, rule in rules.items() if rule.window is not None}
    slots: dict[str, list[tuple[datetime, float]]] = {kind: [] for kind in windows}
    if not windows:
        return slots
    starts = {kind: window.start(now, settings.zone) for kind, window in windows.items()}
    asked: dict[str, Any] = {"subject": subject, **dict.fromkeys(TIMED, NEVER), **starts}
    for kind, slot, amount in connection.execute(USED, asked):
        slots[kind].append((slot, amount if kind == "ai-budget" else amount / HOUR_S))
    return slots


def hold_s(rule: Rule, times: int, settings: QuotaSettings) -> float:
    """The seconds that a start reserves: no more than the whole quota is worth."""
    return min(settings.hold_s, rule.limit * HOUR_S / max(1, times))


def charge(session: Session, row: ReservationRow, seconds: float, now: datetime) -> None:
    """Enter the last `seconds` before `now` for everybody whom this server counts for."""
    if seconds <= 0:
        return
    row.metered_s += seconds
    amounts = {"server-hours": 1.0, "gpu-hours": float(row.gpus)}
    entries = [
        {"subject": subject, "kind": kind, "slot": slot, "amount": part * factor}
        for subject in subjects_of(row.user, row.groups)
        for kind, factor in amounts.items()
        if factor
        for slot, part in _spread(seconds, now)
    ]
    for first in range(0, len(entries), 200):
        _add(session, entries[first : first + 200])


def _spread(seconds: float, now: datetime) -> list[tuple[datetime, float]]:
    parts = []
    until = now
    while seconds > 0:
        slot = slot_of(until - timedelta(microseconds=1))
        part = min(seconds, (until - slot).total_seconds())
        parts.append((slot, part))
        seconds -= part
        until = slot
    return parts


def _add(session: Session, entries: list[dict[str, Any]]) -> None:
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(UsageRow).values(entries)
    amount = UsageRow.amount + insert.excluded.amount
    keys = [UsageRow.subject, UsageRow.kind, UsageRow.slot]
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_={"amount": amount}))
