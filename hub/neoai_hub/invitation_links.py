"""Invitations for whoever has the link: so many sign up with it, into groups, until it ends."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from neoai_server_ext import errors

from . import audit
from .announcements import GroupName
from .clock import Clock, SystemClock
from .db import HubBase, HubDatabase, Serial
from .invitations import hash_of

MOST = 500


class NewLink(BaseModel):
    """What a link is good for."""

    model_config = ConfigDict(extra="forbid")

    uses: int = Field(default=1, ge=1, le=10_000, description="Accounts that it makes, at most.")
    days: int = Field(default=7, ge=1, le=365, description="Days until it ends.")
    groups: list[GroupName] = Field(default=[], max_length=50)


class LinkRow(HubBase):
    """One link; the code itself is kept nowhere."""

    __tablename__ = "neoai_invitation_links"

    id: Mapped[Serial]
    code_hash: Mapped[str] = mapped_column(unique=True, index=True)
    groups: Mapped[list[str]]
    uses: Mapped[int]
    used: Mapped[int]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    def why_not(self, now: datetime) -> str:
        """Why nobody signs up with it now; empty where somebody can."""
        if self.revoked_at is not None:
            return "This invitation was revoked."
        if self.ends_at <= now:
            return f"This invitation ended on {self.ends_at:%Y-%m-%d at %H:%M} UTC."
        if self.used >= self.uses:
            return "This invitation is used up."
        return ""


class InvitationLinks:
    """All of them. Each change is one transaction, with its entry in the audit log."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def every(self) -> list[tuple[LinkRow, str]]:
        """The newest MOST, with why nobody signs up with them, if so."""
        query = select(LinkRow).order_by(LinkRow.id.desc()).limit(MOST)
        rows = await self._database.read(lambda session: list(session.scalars(query)))
        return [(row, row.why_not(self._clock.now())) for row in rows]

    async def make(self, given: NewLink, actor: str) -> str:
        """Its code, which nobody is told again."""
        code = secrets.token_urlsafe(16)

        def work(session: Session, at: datetime) -> None:
            ends_at = at + timedelta(days=given.days)
            row = LinkRow(
                code_hash=hash_of(code), groups=given.groups, uses=given.uses, used=0,
                ends_at=ends_at, made_by=actor, made_at=at,
            )  # fmt: skip
            session.add(row)
            session.flush()
            audit.record(
                session, at, actor, "invitation.made", f"invitation:{row.id}",
                **given.model_dump(),
            )  # fmt: skip

        await self._write(work)
        return code

    async def revoke(self, number: int, actor: str) -> None:
        """Nobody signs up with it any more. Raises NotFound; Conflict where it is revoked."""

        def work(session: Session, at: datetime) -> None:
            row = session.get(LinkRow, number, with_for_update=True)
            if row is None:
                raise errors.NotFound("There is no such invitation.")
            if row.revoked_at is not None:
                raise errors.Conflict("This invitation is revoked already.")
            row.revoked_at = at
            audit.record(
                session, at, actor, "invitation.revoked", f"invitation:{number}", used=row.used
            )

        await self._write(work)

    async def why_not(self, code: str) -> str:
        """Why nobody signs up with this code; empty where somebody can."""
        row = await self._database.read(lambda session: _of(session, code))
        return row.why_not(self._clock.now()) if row else UNKNOWN

    async def take(self, code: str) -> LinkRow:
        """Use it once. Raises Conflict with the reason why that cannot be."""

        def work(session: Session, at: datetime) -> LinkRow:
            row = _of(session, code, change=True)
            why = row.why_not(at) if row else UNKNOWN
            if row is None or why:
                raise errors.Conflict(why)
            row.used += 1
            session.flush()
            return row

        found: LinkRow = await self._write(work)
        return found

    async def give_back(self, number: int) -> None:
        """It was not used after all."""

        def work(session: Session, at: datetime) -> None:
            row = session.get_one(LinkRow, number, with_for_update=True)
            row.used = max(0, row.used - 1)

        await self._write(work)

    async def _write(self, work: Callable[[Session, datetime], Any]) -> Any:
        at = self._clock.now()
        return await self._database.write(lambda session: work(session, at))


UNKNOWN = "This invitation is not known here: is the link whole?"


def _of(session: Session, code: str, *, change: bool = False) -> LinkRow | None:
    query = select(LinkRow).where(LinkRow.code_hash == hash_of(code))
    return session.scalar(query.with_for_update() if change else query)
