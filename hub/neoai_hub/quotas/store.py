"""What the ledger reads and writes in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, Select, and_, bindparam, case, func, insert, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..db import HubBase
from .models import DEFAULT, QuotaRow, ReservationRow, ReservationSubject, UsageRow, VolumeRow
from .rules import Rule, subjects_of
from .settings import QuotaSettings
from .standing import HOUR_S, Standing
from .windows import slot_of

ACTIVE = ("reserved", "running")


def _active(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(ReservationRow)
        .join(ReservationSubject, ReservationSubject.key == ReservationRow.key)
        .where(ReservationSubject.subject == bindparam("subject"), ReservationRow.state.in_(ACTIVE))
    )


def _taking(times: Any, hold: Any) -> Select[Any]:
    """How much of a kind a second is used by running servers, and how much is held."""
    left = case((ReservationRow.metered_s < hold, hold - ReservationRow.metered_s), else_=0.0)
    rate = case((ReservationRow.state == "running", times), else_=0)
    return _active(func.sum(rate), func.sum(times * left))


# Made once: to put one together takes longer than SQLite needs to answer it.
_HOLD = bindparam("hold", type_=Float)
_WHOLE = bindparam("whole", type_=Float)
_GPUS = ReservationRow.gpus
_GPUS_HOLD = case((_GPUS * _HOLD > _WHOLE, _WHOLE / _GPUS), else_=_HOLD)
TOTALS = {
    "cpu": _active(func.sum(ReservationRow.cpus)),
    "memory": _active(func.sum(ReservationRow.memory_bytes)),
    "servers": _active(func.count()),
    "storage": select(func.sum(VolumeRow.bytes)).where(VolumeRow.subject == bindparam("subject")),
}
TAKING = {
    "server-hours": _taking(literal(1), _HOLD),
    "gpu-hours": _taking(_GPUS, _GPUS_HOLD),
}
USED = select(UsageRow.slot, UsageRow.amount).where(
    UsageRow.subject == bindparam("subject"),
    UsageRow.kind == bindparam("kind"),
    UsageRow.slot >= bindparam("start"),
)
RESERVED = select(ReservationRow).where(
    ReservationRow.user == bindparam("user"),
    ReservationRow.server == bindparam("server"),
    ReservationRow.state.in_(ACTIVE),
)
COUNT_IN = insert(HubBase.metadata.tables[ReservationSubject.__tablename__])
QUOTAS = (
    select(QuotaRow)
    .where(
        or_(
            QuotaRow.scope == DEFAULT,
            and_(QuotaRow.scope == "user", QuotaRow.name == bindparam("user")),
            and_(QuotaRow.scope == "group", QuotaRow.name.in_(bindparam("groups", expanding=True))),
        )
    )
    .order_by(QuotaRow.scope, QuotaRow.name)
)


def quota_rows(session: Session, user: str, groups: Iterable[str]) -> Sequence[QuotaRow]:
    """The quotas of a user, of these groups and of everybody."""
    return list(session.scalars(QUOTAS, {"user": user, "groups": list(groups)}))


def standing(session: Session, rule: Rule, now: datetime, settings: QuotaSettings) -> Standing:
    """How one rule stands now."""
    if rule.window is not None:
        return _timed(session, rule, now, settings)
    total = session.scalar(TOTALS[rule.kind.name], {"subject": rule.subject})
    return Standing(rule, float(total or 0))


def _timed(session: Session, rule: Rule, now: datetime, settings: QuotaSettings) -> Standing:
    assert rule.window is not None
    scale = 1.0 if rule.kind.name == "ai-budget" else HOUR_S
    start = rule.window.start(now, settings.zone)
    asked = {"subject": rule.subject, "kind": rule.kind.name, "start": start}
    slots = tuple((slot, used / scale) for slot, used in session.execute(USED, asked))
    used = sum(used for _, used in slots)
    if rule.kind.name == "ai-budget":
        return Standing(rule, used, slots=slots)
    whole = rule.limit * HOUR_S
    hold = settings.hold_s if rule.kind.name == "gpu-hours" else hold_s(rule, 1, settings)
    asked = {"subject": rule.subject, "hold": hold, "whole": whole}
    running, held_s = session.execute(TAKING[rule.kind.name], asked).one()
    return Standing(rule, used, (held_s or 0.0) / HOUR_S, (running or 0) / HOUR_S, slots)


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
