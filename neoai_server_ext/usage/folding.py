"""Brings what is written down of calls into the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import DataError

from .. import errors
from ..db import Database
from ..logs import logger
from .journal import Record
from .models import CallRow

INTERRUPTED = "cut"

log = logger("usage")


def interrupted(call_id: str) -> Record:
    """The end of a call of which nothing else is known."""
    return {"id": call_id, "outcome": INTERRUPTED, "estimated": True}


async def bring_in(db: Database, records: Sequence[Record]) -> None:
    """Bring records into the database, but for those that it cannot take: the others must not wait
    for these for ever. Raises Unavailable, StorageFull."""
    try:
        await _write(db, records)
    except Exception as error:
        if isinstance(error, errors.NeoAIError) and not isinstance(error.__cause__, DataError):
            raise
        if len(records) > 1:
            half = len(records) // 2
            await bring_in(db, records[:half])
            await bring_in(db, records[half:])
            return
        (record,) = records
        log.error("a record of a model's call is left out: %s", f"{record} {error}"[:500])
        end = interrupted(record["id"])
        if "outcome" in record and record != end:
            await bring_in(db, [end])


async def _write(db: Database, records: Sequence[Record]) -> None:
    async with db.session() as session:
        for record in records:
            row = await session.get(CallRow, record["id"])
            if "outcome" not in record:
                if row is None:
                    session.add(_row(record))
            elif row is not None:
                for name in record.keys() - {"id"}:
                    setattr(row, name, record[name])


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
        cost_usd=record.get("cost_usd"),
        latency_s=0.0,
        first_s=None,
        estimated=True,
    )
