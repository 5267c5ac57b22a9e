"""The contract's calls: `/services/neoai/v1/…`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from neoai_server_ext import errors
from neoai_server_ext.pagination import Page, PageQuery, decode_cursor, encode_cursor

from ..audit import LAST_ID, AuditRow
from ..quotas.models import Quota, Scope
from ..quotas.standing import Standing
from .access import Admin, Person, Someone
from .services import Services


class Profile(BaseModel):
    """Who is signed in."""

    name: str
    admin: bool
    groups: list[str]
    preferences: dict[str, Any]


class QuotaSet(BaseModel):
    """The quotas of a user, a group or everybody."""

    model_config = ConfigDict(extra="forbid")

    quotas: list[Quota] = Field(max_length=50)


class QuotaSetOf(QuotaSet):
    """They, and whose they are."""

    scope: Scope
    name: str


class OwnQuota(BaseModel):
    """A quota that applies to the caller, and how it stands, in its unit."""

    kind: str
    label: str
    unit: str
    scope: str = Field(description="`user`, `group:NAME` or `default`: where it was set.")
    shared: bool = Field(description="Others use it too.")
    limit: float
    used: float
    held: float = Field(description="Reserved by servers that run, and not used yet.")
    left: float
    window: str | None


class AuditEntry(BaseModel):
    """One entry of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: dict[str, Any]


class AuditQuery(PageQuery):
    """Which entries."""

    actor: str | None = Field(default=None, max_length=255)
    subject: str | None = Field(default=None, max_length=255)
    action: str | None = Field(default=None, max_length=100)


def routes(prefix: str) -> APIRouter:
    """All of them."""
    router = APIRouter(prefix=prefix)

    @router.get("/health")
    async def health(request: Request) -> dict[str, Any]:
        """Whether the service works."""
        check = await Services.of(request).database.check()
        return {"status": check["status"], "checks": {"database": check}}

    @router.get("/users/profile")
    async def profile(request: Request, who: Someone) -> Profile:
        """Who is signed in, with groups and preferences."""
        chosen = await Services.of(request).preferences.get(who.name)
        return Profile(name=who.name, admin=who.admin, groups=list(who.groups), preferences=chosen)

    @router.put("/users/preferences")
    async def prefer(request: Request, who: Someone, body: dict[str, Any]) -> dict[str, Any]:
        """Replace the caller's preferences: any object of at most 16 KiB."""
        await Services.of(request).preferences.put(who.name, body)
        return body

    @router.get("/quotas/me")
    async def my_quotas(request: Request, who: Someone) -> dict[str, list[OwnQuota]]:
        """The quotas that apply to the caller, and how they stand."""
        found = await Services.of(request).ledger.standings(who.name, who.groups)
        return {"items": [_own(standing) for standing in found]}

    @router.get("/quotas/{scope}/{name}")
    async def quotas(request: Request, who: Someone, scope: Scope, name: str) -> QuotaSetOf:
        """What is set for `user/NAME`, `group/NAME` or `default/default`. Admins see all, others
        their own, their groups' and the default's."""
        _may_see(who, scope, name)
        found = await Services.of(request).book.get(scope, name)
        return QuotaSetOf(scope=scope, name=name, quotas=found)

    @router.put("/quotas/{scope}/{name}")
    async def set_quotas(
        request: Request, who: Admin, scope: Scope, name: str, body: QuotaSet
    ) -> QuotaSetOf:
        """Replace what is set there, in one step; an admin may."""
        await Services.of(request).book.put(scope, name, body.quotas, who.name)
        return QuotaSetOf(scope=scope, name=name, quotas=body.quotas)

    @router.get("/audit")
    async def audit(
        request: Request, who: Admin, query: Annotated[AuditQuery, Query()]
    ) -> Page[AuditEntry]:
        """The audit log, newest first; an admin may read it."""
        before = _known_cursor(query.cursor) if query.cursor else None
        rows = await Services.of(request).audit.page(
            before=before,
            limit=query.limit + 1,
            actor=query.actor,
            subject=query.subject,
            action=query.action,
        )
        more = len(rows) > query.limit
        rows = rows[: query.limit]
        return Page(
            items=[_entry(row) for row in rows],
            next_cursor=encode_cursor(rows[-1].id) if more else None,
        )

    return router


def _known_cursor(cursor: str) -> int:
    before = decode_cursor(cursor)
    if type(before) is not int or not 0 < before <= LAST_ID:
        raise errors.BadInput("The cursor is not one that this list gave out.")
    return before


def _may_see(who: Person, scope: Scope, name: str) -> None:
    mine = {"user": {who.name}, "group": set(who.groups), "default": {"default"}}
    if not who.admin and name not in mine[scope]:
        raise errors.NotFound("There are no such quotas that you may see.")


def _own(standing: Standing) -> OwnQuota:
    rule = standing.rule
    return OwnQuota(
        kind=rule.kind.name,
        label=rule.kind.label,
        unit=rule.kind.unit,
        scope=rule.scope,
        shared=not rule.subject.startswith("user:"),
        limit=rule.limit,
        used=standing.used,
        held=standing.held,
        left=max(0.0, standing.left),
        window=rule.window.text if rule.window else None,
    )


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        details=row.details,
    )
