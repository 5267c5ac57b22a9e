"""Invitations: who was imported signs up with a code, and is approved at once.

Only a hash of a code is kept. It is a random number of 128 bits, so that a fast hash is enough,
where 10,000 first passwords would take an hour to hash, and somebody else would have known them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .clock import Clock, SystemClock
from .db import HubBase, HubDatabase, in_chunks


class InvitationRow(HubBase):
    """Who may sign up with which code, until when."""

    __tablename__ = "neoai_invitations"

    user: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[str]
    ends_at: Mapped[datetime]


def invite(session: Session, names: Iterable[str], ends_at: datetime) -> dict[str, str]:
    """Codes by name; each replaces an earlier one."""
    codes = {name: secrets.token_urlsafe(16) for name in names}
    withdraw(session, codes)
    session.add_all(
        InvitationRow(user=name, code_hash=hash_of(code), ends_at=ends_at)
        for name, code in codes.items()
    )
    return codes


def withdraw(session: Session, names: Iterable[str]) -> None:
    """Their codes hold no more."""
    for some in in_chunks(list(names)):
        session.execute(delete(InvitationRow).where(InvitationRow.user.in_(some)))


class Invitations:
    """Looks codes up."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def check(self, name: str, code: str) -> bool | None:
        """Whether this is the code of who is invited; None where nobody of the name is."""
        query = select(InvitationRow).where(InvitationRow.user == name)
        row = await self._database.read(lambda session: session.scalar(query))
        if row is None or row.ends_at <= self._clock.now():
            return None
        return hmac.compare_digest(row.code_hash, hash_of(code))

    async def used(self, name: str) -> None:
        """The code holds no more."""
        await self._database.write(lambda session: withdraw(session, [name]))


def hash_of(code: str) -> str:
    """What is kept of a code."""
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
