"""The pages: everybody's own usage; users, quotas and the audit log for admins."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from pydantic import ValidationError

from neoai_server_ext import errors

from ..audit import LAST_ID
from ..quotas.models import KINDS, Scope
from . import forms
from .access import Admin, Person, Someone, hub_of
from .lines import line
from .rendering import done, page, said
from .services import Services

SHOWN = 50


def routes(base: str) -> APIRouter:
    """All of them, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/")
    async def usage(request: Request, who: Someone) -> Response:
        """My usage."""
        ledger = Services.of(request).ledger
        found = await ledger.standings(who.name, who.groups)
        volumes = await ledger.volumes(who.name)
        return page(request, who, "usage.html", standings=found, volumes=volumes)

    @router.get("/admin/users")
    async def users(
        request: Request, who: Admin, q: Annotated[str, Query(max_length=255)] = ""
    ) -> Response:
        """Users, searched by parts of names and groups."""
        everybody = await hub_of(request).users()
        found = [user for user in everybody if _matches(user, q.casefold())]
        found.sort(key=lambda user: str(user["name"]))
        return page(
            request, who, "users.html", q=q, users=found[:SHOWN], many=len(found), shown=SHOWN
        )

    @router.post("/admin/users/stop")
    async def stop(
        request: Request,
        who: Admin,
        user: Annotated[str, Query(max_length=255)],
        server: Annotated[str, Query(max_length=255)] = "",
    ) -> Response:
        """Stop a user's server."""
        if not await hub_of(request).stop(user, server):
            raise errors.NotFound("There is no such server that runs.")
        await Services.of(request).audit.add(who.name, "server.stopped", f"server:{user}/{server}")
        return done("is being stopped")

    @router.get("/admin/quotas")
    async def quotas(request: Request, who: Admin) -> Response:
        """All quotas that are set."""
        every = await Services.of(request).book.every()
        return page(request, who, "quotas.html", every=every, kinds=KINDS)

    @router.get("/admin/quotas/edit")
    async def edit(
        request: Request, who: Admin, scope: Scope, name: Annotated[str, Query(max_length=255)]
    ) -> Response:
        """One set of quotas as a form, and whom it is about."""
        name = "default" if scope == "default" else name.strip()
        set_now = await Services.of(request).book.get(scope, name)
        rows = forms.rows(scope, forms.written(set_now))
        return await _form(request, who, scope, name, rows, "")

    @router.post("/admin/quotas/edit")
    async def save(
        request: Request, who: Admin, scope: Scope, name: Annotated[str, Query(max_length=255)]
    ) -> Response:
        """Replace them, or say what is wrong with the form."""
        given = await forms.fields_of(request)
        try:
            quotas = forms.read(scope, given)
            await Services.of(request).book.put(scope, name, quotas, who.name)
        except (forms.Mistake, ValidationError, errors.Invalid) as error:
            return await _form(request, who, scope, name, forms.rows(scope, given), said(error))
        return Response(headers={"HX-Redirect": f"{base}/admin/quotas"})

    @router.get("/admin/audit")
    async def audit(
        request: Request,
        who: Admin,
        before: Annotated[int | None, Query(ge=1, le=LAST_ID)] = None,
        actor: Annotated[str, Query(max_length=255)] = "",
        action: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        """The audit log."""
        log = Services.of(request).audit
        rows = await log.page(before=before, limit=SHOWN + 1, actor=actor, action=action)
        more = rows[SHOWN - 1].id if len(rows) > SHOWN else None
        return page(
            request, who, "audit.html", rows=rows[:SHOWN], more=more, actor=actor, action=action
        )

    @router.get("/admin/audit.csv")
    async def export(request: Request, who: Admin) -> Response:
        """The whole audit log as CSV, newest first."""
        headers = {"Content-Disposition": "attachment; filename=audit.csv"}
        lines = _csv(Services.of(request))
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)

    return router


async def _form(
    request: Request, who: Person, scope: Scope, name: str, rows: list[forms.Row], mistake: str
) -> Response:
    affected = await _affected(request, scope, name)
    return page(
        request, who, "quota_form.html", scope=scope, name=name, rows=rows, mistake=mistake,
        affected=affected,
    )  # fmt: skip


async def _affected(request: Request, scope: Scope, name: str) -> list[str]:
    """Whom a set of quotas is about. (A user's own quotas go before: they are named all the
    same.)"""
    if scope == "user":
        return [name]
    if scope == "group":
        return await hub_of(request).members(name)
    return sorted(user["name"] for user in await hub_of(request).users())


def _matches(user: dict[str, Any], part: str) -> bool:
    words = [user["name"], *(user.get("groups") or ())]
    return any(part in str(word).casefold() for word in words)


async def _csv(services: Services) -> AsyncIterator[str]:
    before: int | None = None
    yield line(["id", "at", "actor", "action", "subject", "details"])
    while rows := await services.audit.page(before=before, limit=1000):
        for row in rows:
            details = json.dumps(row.details)
            yield line([row.id, row.at.isoformat(), row.actor, row.action, row.subject, details])
        before = rows[-1].id
