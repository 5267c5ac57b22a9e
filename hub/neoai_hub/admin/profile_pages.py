"""The page of profiles: what there is, for whom, and what a given user would get and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from . import offers
from .access import Admin, hub_of
from .rendering import page
from .services import Services


def routes(base: str) -> APIRouter:
    """It, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/admin/profiles")
    async def profiles(
        request: Request, who: Admin, user: Annotated[str, Query(max_length=255)] = ""
    ) -> Response:
        """Profiles, by group and for a user."""
        settings = Services.of(request).settings
        catalogue = settings.catalogue
        groups: list[str] | None = None
        if user := user.strip():
            groups = await _groups_of(request, user)
        by_group = {
            name: offers.offers(catalogue, [name] if name else [])
            for name in [*offers.named_groups(catalogue), ""]
        }
        return page(
            request, who, "profiles.html",
            catalogue=catalogue, own_image=settings.spawner.image, shown=offers.shown,
            by_group=by_group, user=user, groups=groups,
            holdings=offers.holdings(catalogue, groups or ()),
            offers=offers.offers(catalogue, groups or ()),
        )  # fmt: skip

    return router


async def _groups_of(request: Request, user: str) -> list[str] | None:
    """A user's groups; None where the hub has no such user."""
    for each in await hub_of(request).users():
        if each["name"] == user:
            return sorted(each.get("groups") or ())
    return None
