"""What the ledger reads and writes in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from .models import DEFAULT, QuotaRow, ReservationRow, ReservationSubject, UsageRow, VolumeRow
from .rules import Rule, subjects_of
from .settings import QuotaSettings
from .standing import HOUR_S, Standing
from .windows import slot_of

ACTIVE = ("reserved", "running")


def quota_rows(session: Session, user: str, groups: Iterable[str]) -> Sequence[QuotaRow]:
    """The quotas of a user, of these groups and of everybody."""
    query = select(QuotaRow).where(
        or_(
            QuotaRow.scope == DEFAULT,
            and_(QuotaRow.scope == "user", QuotaRow.name == user),
            and_(QuotaRow.scope == "group", QuotaRow.name.in_(list(groups))),
        )
    )
    return list(session.scalars(query.order_by(QuotaRow.scope, QuotaRow.name)))


def standing(session: Session, rule: Rule, now: datetime, settings: QuotaSettings) -> Standing:
    """How one rule stands now."""
    if rule.window is not None:
        return _timed(session, rule, now, settings)
    if rule.kind.name == "storage":
        total = select(func.sum(VolumeRow.bytes)).where(VolumeRow.subject == rule.subject)
    else:
        column: Any = {
            "cpu": func.sum(ReservationRow.cpus),
            "memory": func.sum(ReservationRow.memory_bytes),
            "servers": func.count(),
        }[rule.kind.name]
        total = _active(rule.subject, column)
    return Standing(rule, float(session.scalar(total) or 0))


def _active(subject: str, *columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(ReservationRow)
        .join(ReservationSubject, ReservationSubject.key == ReservationRow.key)
        .where(ReservationSubject.subject == subject, ReservationRow.state.in_(ACTIVE))
    )


def _timed(session: Session, rule: Rule, now: datetime, settings: QuotaSettings) -> Standing:
    assert rule.window is not None
    scale = 1.0 if rule.kind.name == "ai-budget" else HOUR_S
    query = select(UsageRow.slot, UsageRow.amount).where(
        UsageRow.subject == rule.subject,
        UsageRow.kind == rule.kind.name,
        UsageRow.slot >= rule.window.start(now, settings.zone),
    )
    slots = tuple((slot, used / scale) for slot, used in session.execute(query))
    used = sum(used for _, used in slots)
    if rule.kind.name == "ai-budget":
        return Standing(rule, used, slots=slots)
    running, held_s = session.execute(_taking(rule, settings)).one()
    return Standing(rule, used, (held_s or 0.0) / HOUR_S, (running or 0) / HOUR_S, slots)


def _taking(rule: Rule, settings: QuotaSettings) -> Any:
    """How much of the rule's kind a second is used by running servers, and how much is held."""
    whole = rule.limit * HOUR_S
    times: Any = literal(1)
    hold: Any = literal(min(settings.hold_s, whole))
    if rule.kind.name == "gpu-hours":
        times = ReservationRow.gpus
        hold = case((times * settings.hold_s > whole, whole / times), else_=settings.hold_s)
    left = case((ReservationRow.metered_s < hold, hold - ReservationRow.metered_s), else_=0.0)
    rate = case((ReservationRow.state == "running", times), else_=0)
    return _active(rule.subject, func.sum(rate), func.sum(times * left))


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
