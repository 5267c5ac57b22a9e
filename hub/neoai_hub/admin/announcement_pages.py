"""The page of announcements: an admin's for everybody or a group, a teacher's for a course."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from neoai_server_ext import errors

from ..announcements import Announcement, AnnouncementRow
from .access import Person, Someone
from .forms import Mistake, fields_of
from .rendering import page, said
from .services import Services


async def announcer(someone: Someone) -> Person:
    """Who asks, an admin or a teacher. Raises Forbidden."""
    if not someone.admin and not someone.teaches:
        raise errors.Forbidden("Only administrators and teachers announce something.")
    return someone


Announcer = Annotated[Person, Depends(announcer)]


def routes(base: str) -> APIRouter:
    """All of them, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/announcements")
    async def announcements(request: Request, who: Announcer) -> Response:
        """All of an admin's, and of a teacher's courses; and a form for another."""
        return await _page(request, who, {}, "")

    @router.post("/announcements")
    async def announce(request: Request, who: Announcer) -> Response:
        """Announce something, or say what is wrong."""
        given = await fields_of(request)
        zone = Services.of(request).settings.quotas.zone
        try:
            group = given.get("group", "")
            courses = await _courses(request, who)
            if courses is not None and group not in courses:
                raise errors.Forbidden("A teacher announces something for an own course.")
            made = Announcement(
                text=given.get("text", ""),
                level=given.get("level", "info"),
                groups=[group] if group else [],
                starts_at=_time(given.get("starts", ""), zone),
                ends_at=_time(given.get("ends", ""), zone),
            )
        except (Mistake, ValidationError, errors.Forbidden) as error:
            return await _page(request, who, given, said(error))
        await Services.of(request).announcements.add(made, who.name)
        return Response(headers={"HX-Redirect": f"{base}/announcements"})

    @router.post("/announcements/remove")
    async def remove(
        request: Request, who: Announcer, id: Annotated[int, Query(ge=1, lt=2**63)]
    ) -> Response:
        """It is told no more."""
        courses = await _courses(request, who)
        await Services.of(request).announcements.remove(id, who.name, courses)
        return Response(headers={"HX-Redirect": f"{base}/announcements"})

    return router


async def _courses(request: Request, who: Person) -> list[str] | None:
    """Those that a teacher teaches; None for an admin, who may tell everybody."""
    if who.admin:
        return None
    return [name for name, _ in await Services.of(request).courses.every(who.name)]


async def _page(request: Request, who: Person, given: dict[str, str], mistake: str) -> Response:
    services = Services.of(request)
    courses = await _courses(request, who)
    every = await services.announcements.every()
    seen = every if courses is None else [row for row in every if row.is_within(courses)]
    zone = services.settings.quotas.zone
    rows = [(row, _state(row), _when(row, zone)) for row in seen]
    if courses is None:
        courses = [name for name, _ in await services.courses.every()]
    return page(
        request, who, "announcements.html",
        rows=rows, given=given, mistake=mistake, zone=zone.key, courses=courses,
    )  # fmt: skip


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=zone)
    except ValueError:
        raise Mistake(f"“{text[:50]}” is no time like 2027-01-31 09:00.") from None


def _state(row: AnnouncementRow) -> str:
    now = datetime.now().astimezone()
    if row.holds(now):
        return "shown"
    return "later" if row.starts_at is not None and row.starts_at > now else "over"


def _when(row: AnnouncementRow, zone: ZoneInfo) -> str:
    def at(time: datetime | None) -> str:
        return f"{time.astimezone(zone):%Y-%m-%d %H:%M}" if time else ""

    begins, ends = at(row.starts_at), at(row.ends_at)
    return " ".join(
        part for part in (begins and f"from {begins}", ends and f"until {ends}") if part
    )
