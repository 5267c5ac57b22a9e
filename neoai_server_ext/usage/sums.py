"""Sums over the calls in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, select

from ..db import Database
from .models import CallRow, Group, UsageQuery

MOST_TOKENS = 1_000_000_000
MOST_USD = 1e9
"""What a row holds beyond these is not true, and its cost is not known."""


async def sums(
    db: Database, query: UsageQuery, names: Sequence[str], project_id: str | None = None
) -> list[Group]:
    """The sums of the calls asked for, by `names` of GROUPS; without names the one of all."""
    columns: dict[str, ColumnElement[Any]] = {
        "model": CallRow.model.expression,
        "task": CallRow.task.expression,
        "project": func.coalesce(CallRow.project_id, ""),
        "day": CallRow.day.expression,
    }
    counts = (CallRow.input_tokens, CallRow.output_tokens, CallRow.cached_tokens)
    believable = (count.between(0, MOST_TOKENS) for count in counts)
    known = and_(CallRow.cost_usd.between(0, MOST_USD), *believable)
    groups = [columns[name].label(name) for name in names]
    asked = select(
        *groups,
        func.count().label("calls"),
        _how_many(CallRow.outcome.not_in(("ok", "running")), "failed"),
        _how_many(CallRow.estimated.is_(True), "estimated"),
        _total(case((known, 0), else_=1), "unpriced"),
        _tokens(CallRow.input_tokens, "input_tokens"),
        _tokens(CallRow.output_tokens, "output_tokens"),
        _tokens(CallRow.cached_tokens, "cached_tokens"),
        _total(case((known, CallRow.cost_usd)), "cost_usd"),
    )
    if query.since is not None:
        asked = asked.where(CallRow.at >= query.since)
    if query.until is not None:
        asked = asked.where(CallRow.at < query.until)
    if project_id is not None:
        asked = asked.where(CallRow.project_id == project_id)
    if groups:
        asked = asked.group_by(*groups).order_by(*groups)
    async with db.session() as session:
        rows = (await session.execute(asked)).mappings().all()
    return [Group(**dict(row)) for row in rows]


def _total(value: Any, name: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(value), 0).label(name)


def _tokens(value: Any, name: str) -> ColumnElement[Any]:
    """Older rows may hold what no request takes, and fractions."""
    return _total(case((value.between(0, MOST_TOKENS), cast(value, BigInteger))), name)


def _how_many(condition: ColumnElement[bool], name: str) -> ColumnElement[Any]:
    return _total(case((condition, 1), else_=0), name)
