"""The audit log: who did what to whom, written in the transaction that does it, never changed.

The tables' triggers refuse UPDATE and DELETE, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .clock import Clock, SystemClock
from .db import HubBase, HubDatabase, Serial

HUB = "hub"
LAST_ID = 2**63 - 1


class AuditRow(HubBase):
    """One thing that was done. `actor` is a user's name, or `hub` for what it does by itself;
    `subject` is `user:ann`, `group:ml`, `server:ann/lab`, `gpu:GPU-…`."""

    __tablename__ = "neoai_audit"

    id: Mapped[Serial]
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    details: Mapped[dict[str, Any]]


ENTER = insert(
    HubBase.metadata.tables[AuditRow.__tablename__]
)  # past the ORM: there is one with each thing that is done


def record(
    session: Session,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    **details: Any,
) -> None:
    """Add an entry to the session's transaction: it is kept if and only if the deed is."""
    record_all(session, at, actor, action, [(subject, details)])


def record_all(
    session: Session,
    at: datetime,
    actor: str,
    action: str,
    entries: Iterable[tuple[str, Mapping[str, Any]]],
) -> None:
    """The same of one action on several subjects, each with its details."""
    deed = {"at": at, "actor": actor, "action": action}
    rows = [{**deed, "subject": subject, "details": details} for subject, details in entries]
    if rows:
        session.connection().execute(ENTER, rows)


class AuditLog:
    """Reads the log, newest first, and adds to it."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    def now(self) -> datetime:
        """The time that an entry of now gets."""
        return self._clock.now()

    async def add(self, actor: str, action: str, subject: str, **details: Any) -> None:
        """An entry for what was done elsewhere."""
        at = self._clock.now()
        await self._database.write(
            lambda session: record(session, at, actor, action, subject, **details)
        )

    async def had_server(self, user: str) -> bool:
        """Whether a server of this name's was ever asked for."""
        here = AuditRow.subject.startswith(f"server:{user}/", autoescape=True)
        query = select(AuditRow.id).where(here).limit(1)
        return await self._database.read(lambda session: session.scalar(query) is not None)

    async def page(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        actor: str | None = None,
        subject: str | None = None,
        action: str | None = None,
    ) -> list[AuditRow]:
        """At most `limit` entries older than the one whose id is `before`."""
        query: Select[Any] = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.id < before)
        for column, wanted in (
            (AuditRow.actor, actor),
            (AuditRow.subject, subject),
            (AuditRow.action, action),
        ):
            if wanted:
                query = query.where(column == wanted)

        def work(session: Session) -> list[AuditRow]:
            return list(session.scalars(query))

        return await self._database.read(work)
