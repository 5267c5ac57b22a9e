"""Quotas as they are set: read and replaced, with an entry in the audit log."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from neoai_server_ext import errors

from .. import audit
from ..clock import Clock, SystemClock
from ..db import HubDatabase
from .models import DEFAULT, Quota, QuotaRow, Scope

MAX_NAME = 255


class QuotaBook:
    """The quotas of users, groups and everybody."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def get(self, scope: Scope, name: str) -> list[Quota]:
        """What is set there; nothing where nothing is. Raises Invalid."""
        _check(scope, name)

        def work(session: Session) -> list[Quota]:
            return read_quotas(session, scope, name)

        return await self._database.read(work)

    async def put(self, scope: Scope, name: str, quotas: Sequence[Quota], actor: str) -> None:
        """Replace what is set there, in one step. Raises Invalid."""
        _check(scope, name)
        check_unique(scope, quotas)

        def work(session: Session) -> None:
            replace_quotas(session, self._clock.now(), scope, name, quotas, actor)

        await self._database.write(work)

    async def every(self) -> dict[tuple[str, str], list[Quota]]:
        """All that is set, by scope and name."""
        query = select(QuotaRow).order_by(QuotaRow.scope, QuotaRow.name, QuotaRow.kind)

        def work(session: Session) -> dict[tuple[str, str], list[Quota]]:
            found: dict[tuple[str, str], list[Quota]] = {}
            for row in session.scalars(query):
                found.setdefault((row.scope, row.name), []).append(row.quota())
            return found

        return await self._database.read(work)


def read_quotas(session: Session, scope: str, name: str) -> list[Quota]:
    """What is set there."""
    query = select(QuotaRow).where(QuotaRow.scope == scope, QuotaRow.name == name)
    rows = session.scalars(query.order_by(QuotaRow.kind, QuotaRow.shared))
    return [row.quota() for row in rows]


def replace_quotas(
    session: Session, at: datetime, scope: Scope, name: str, quotas: Sequence[Quota], actor: str
) -> None:
    """Replace what is set there, in the session's transaction, with an entry in the audit log."""
    before = read_quotas(session, scope, name)
    session.execute(delete(QuotaRow).where(QuotaRow.scope == scope, QuotaRow.name == name))
    session.add_all(QuotaRow(scope=scope, name=name, **quota.model_dump()) for quota in quotas)
    audit.record(
        session, at, actor, "quotas.set", f"{scope}:{name}",
        before=[quota.model_dump() for quota in before],
        after=[quota.model_dump() for quota in quotas],
    )  # fmt: skip


def _check(scope: Scope, name: str) -> None:
    if scope == DEFAULT and name != DEFAULT:
        raise errors.Invalid("The default's quotas are those of `default/default`.")
    if not name or len(name) > MAX_NAME:
        raise errors.Invalid(f"A name has 1 to {MAX_NAME} characters.")
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in name):
        raise errors.Invalid("A name has no control characters.")


def check_unique(scope: Scope, quotas: Sequence[Quota]) -> None:
    """Raises Invalid where a kind is given twice, or a user's is shared."""
    seen = set()
    for quota in quotas:
        if (quota.kind, quota.shared) in seen:
            raise errors.Invalid(f"`{quota.kind}` is given twice.")
        if scope == "user" and quota.shared:
            raise errors.Invalid("A user's own quota is shared with nobody: leave `shared` out.")
        seen.add((quota.kind, quota.shared))
