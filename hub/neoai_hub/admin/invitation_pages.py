"""The page of invitations: links with which people sign up, and need nobody's approval."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from neoai_server_ext import errors

from ..invitation_links import NewLink
from .access import Admin, Person, hub_of
from .forms import Mistake, fields_of
from .rendering import page, said
from .roster_csv import groups_of
from .services import Services


def routes(base: str) -> APIRouter:
    """All of them, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/admin/invitations")
    async def invitations(request: Request, who: Admin) -> Response:
        """Those that there are, and a form for another."""
        return await _page(request, who)

    @router.post("/admin/invitations")
    async def invite(request: Request, who: Admin) -> Response:
        """Make one and show its link, this once; or say what is wrong."""
        given = await fields_of(request)
        try:
            link = NewLink(
                uses=_number(given, "uses", "How many"),
                days=_number(given, "days", "Days"),
                groups=groups_of(given.get("groups", "")),
            )
            await _known(request, link.groups)
        except (Mistake, ValidationError) as error:
            return await _page(request, who, given=given, mistake=said(error))
        code = await Services.of(request).links.make(link, who.name)
        where = hub_of(request).home.removesuffix("home")
        return await _page(request, who, link=f"{where}signup?invitation_code={code}")

    @router.post("/admin/invitations/revoke")
    async def revoke(
        request: Request, who: Admin, id: Annotated[int, Query(ge=1, lt=2**63)]
    ) -> Response:
        """Nobody signs up with it any more."""
        await Services.of(request).links.revoke(id, who.name)
        return Response(headers={"HX-Redirect": f"{base}/admin/invitations"})

    return router


async def _page(request: Request, who: Person, **values: Any) -> Response:
    if request.app.state.groups_from:
        raise errors.NotFound("Accounts are those of the identity provider: invite people there.")
    rows = await Services.of(request).links.every()
    shown: dict[str, Any] = {"given": {}, "mistake": "", "link": "", **values}
    return page(request, who, "invitations.html", rows=rows, **shown)


async def _known(request: Request, groups: list[str]) -> None:
    """Raises Mistake where there is no such group."""
    for group in groups:
        if not await hub_of(request).has_group(group):
            raise Mistake(f"There is no group “{group[:100]}”.")


def _number(given: dict[str, str], name: str, label: str) -> int:
    text = given.get(name, "").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Mistake(f"{label}: “{text[:50]}” is no whole number.")
    return int(text)
