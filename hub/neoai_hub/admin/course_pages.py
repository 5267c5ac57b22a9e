"""The pages of courses: admins make them, teachers manage members, limits and servers."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from neoai_server_ext import errors

from ..account_rules import can_be_group
from ..courses import Course
from ..quotas.models import KINDS
from . import forms
from .access import Admin, Person, Someone, Teacher, hub_of
from .lines import roster_table
from .rendering import done, page, said
from .services import Services

SHOWN = 50
Name = Annotated[str, Query(min_length=1, max_length=255)]


def routes(base: str) -> APIRouter:
    """All of them, under `base`."""
    router = APIRouter(prefix=base, include_in_schema=False, default_response_class=HTMLResponse)
    _of_admins(router, base)

    @router.get("/courses")
    async def courses(request: Request, who: Someone) -> Response:
        """The courses: an admin's are all of them."""
        if not who.admin and not who.teaches:
            raise errors.Forbidden("Only teachers have courses.")
        every = await Services.of(request).courses.every(None if who.admin else who.name)
        sizes: dict[str, int] = {}
        for user in await hub_of(request).users():
            for group in user.get("groups") or ():
                sizes[group] = sizes.get(group, 0) + 1
        return page(request, who, "courses.html", every=every, sizes=sizes)

    @router.get("/courses/course")
    async def one(
        request: Request, who: Teacher, course: Name, q: Annotated[str, Query(max_length=255)] = ""
    ) -> Response:
        """One course: its members and their servers."""
        found = await Services.of(request).courses.get(course)
        members = [user for user in await _members(request, course) if q.casefold() in user["name"]]
        shown = [_seen(user, who) for user in members[:SHOWN]]
        opens = await hub_of(request).may_open(who.name, course)
        return page(
            request, who, "course.html", course=found, members=shown, many=len(members), q=q,
            shown=SHOWN, kinds=KINDS, opens=opens,
        )  # fmt: skip

    @router.get("/courses/roster.csv")
    async def roster(request: Request, who: Teacher, course: Name) -> Response:
        """The members as a table that can be imported."""
        members = await _members(request, course)
        return roster_table("roster.csv", [(user["name"], [course]) for user in members])

    @router.get("/courses/member")
    async def member(request: Request, who: Teacher, course: Name, user: Name) -> Response:
        """How the course's quotas stand for a member."""
        await hub_of(request).member(course, user)
        found = await Services.of(request).ledger.standings(user, [course])
        scope = f"group:{course}"
        here = [each for each in found if each.rule.scope == scope]
        return page(request, who, "member.html", course=course, user=user, standings=here)

    @router.post("/courses/members")
    async def add(request: Request, who: Teacher, course: Name) -> Response:
        """Add users that the hub has."""
        names = _names((await forms.fields_of(request)).get("names", ""))
        entries = [{"name": name, "groups": [course]} for name in names]
        change = {"action": "member.added", "add": entries, **await _asking(request, who, course)}
        await hub_of(request).roster(change)
        return _to(base, course)

    @router.post("/courses/members/remove")
    async def remove(request: Request, who: Teacher, course: Name, user: Name) -> Response:
        """Remove a member; the user stays."""
        await hub_of(request).member(course, user)
        entries = [{"name": user, "groups": [course]}]
        asking = await _asking(request, who, course)
        await hub_of(request).roster({"action": "member.removed", "remove": entries, **asking})
        return _to(base, course)

    @router.post("/courses/stop")
    async def stop(
        request: Request,
        who: Teacher,
        course: Name,
        user: Name,
        server: Annotated[str, Query(max_length=255)] = "",
    ) -> Response:
        """Stop a member's server."""
        await _servers_of(request, who, course, user)
        if not await hub_of(request).stop(user, server):
            raise errors.NotFound("There is no such server that runs.")
        subject = f"server:{user}/{server}"
        await Services.of(request).audit.add(who.name, "server.stopped", subject, course=course)
        return done("is being stopped")

    @router.post("/courses/start")
    async def start(request: Request, who: Teacher, course: Name, user: Name) -> Response:
        """Start a member's server, within that member's quotas."""
        await _servers_of(request, who, course, user)
        await hub_of(request).start(user)
        subject = f"server:{user}/"
        await Services.of(request).audit.add(who.name, "server.started", subject, course=course)
        return done("is being started")

    @router.get("/courses/limits")
    async def limits(request: Request, who: Teacher, course: Name) -> Response:
        """The limits that a teacher sets, as a form."""
        found = await Services.of(request).courses.get(course)
        return _limits(request, who, found, forms.written(found.quotas), "")

    @router.post("/courses/limits")
    async def set_limits(request: Request, who: Teacher, course: Name) -> Response:
        """Set them, or say what is wrong."""
        found = await Services.of(request).courses.get(course)
        given = await forms.fields_of(request)
        try:
            chosen: dict[tuple[str, bool], float | None] = {
                (row.kind.name, row.shared): forms.limit_of(row)
                for row in _rows(found, given)
                if row.limit.strip()
            }
            await Services.of(request).courses.set_limits(course, chosen, who.name)
        except (forms.Mistake, errors.Invalid, errors.Forbidden) as error:
            return _limits(request, who, found, given, str(error))
        return _to(base, course)

    return router


def _of_admins(router: APIRouter, base: str) -> None:
    @router.post("/courses")
    async def make(request: Request, who: Admin) -> Response:
        """Make a course, and its group where there is none."""
        name = (await forms.fields_of(request)).get("name", "").strip()
        if not can_be_group(name):
            raise errors.Invalid("A course needs a name of 1 to 255 characters, without slashes.")
        if not request.app.state.groups_from:
            change = {"actor": who.name, "action": "group.made", "groups": [name], "make": True}
            await hub_of(request).roster(change)
        await Services.of(request).courses.make(name, who.name)
        return _to(base, name)

    @router.post("/courses/end")
    async def end(request: Request, who: Admin, course: Name) -> Response:
        """It is no course any more; the group stays."""
        await Services.of(request).courses.end(course, who.name)
        return Response(headers={"HX-Redirect": f"{base}/courses"})

    @router.post("/courses/teachers")
    async def teachers(request: Request, who: Admin, course: Name) -> Response:
        """Replace the teachers: users that the hub has."""
        names = sorted(_names((await forms.fields_of(request)).get("teachers", "")))
        known = {str(user["name"]) for user in await hub_of(request).users()}
        lacking = [name for name in names if name not in known]
        if lacking:
            raise errors.Invalid(f"There is no user {lacking[0][:100]}.")
        await Services.of(request).courses.set_teachers(course, names, who.name)
        return _to(base, course)

    @router.get("/courses/ceiling")
    async def ceiling(request: Request, who: Admin, course: Name) -> Response:
        """The most that teachers may give, as a form."""
        found = await Services.of(request).courses.get(course)
        rows = forms.rows("group", forms.written(found.ceiling))
        return page(request, who, "ceiling.html", course=found, rows=rows, mistake="")

    @router.post("/courses/ceiling")
    async def set_ceiling(request: Request, who: Admin, course: Name) -> Response:
        """Set it, or say what is wrong."""
        given = await forms.fields_of(request)
        try:
            quotas = forms.read("group", given)
            await Services.of(request).courses.set_ceiling(course, quotas, who.name)
        except (forms.Mistake, ValidationError, errors.Invalid) as error:
            found = await Services.of(request).courses.get(course)
            rows = forms.rows("group", given)
            return page(request, who, "ceiling.html", course=found, rows=rows, mistake=said(error))
        return _to(base, course)


def _rows(course: Course, fields: dict[str, str]) -> list[forms.Row]:
    """The fields of what the ceiling names."""
    named = {(top.kind, top.shared) for top in course.ceiling}
    return [row for row in forms.rows("group", fields) if (row.kind.name, row.shared) in named]


def _limits(
    request: Request, who: Person, course: Course, fields: dict[str, str], mistake: str
) -> Response:
    tops = {(top.kind, top.shared): top for top in course.ceiling}
    rows = [(row, tops[row.kind.name, row.shared]) for row in _rows(course, fields)]
    return page(request, who, "limits.html", course=course, rows=rows, mistake=mistake)


def _names(text: str) -> list[str]:
    """The names that somebody has written, each once."""
    return list(dict.fromkeys(name for name in re.split(r"[\s,;]+", text) if name))


async def _members(request: Request, course: str) -> list[dict[str, Any]]:
    everybody = await hub_of(request).users()
    members = [user for user in everybody if course in (user.get("groups") or ())]
    return sorted(members, key=lambda user: str(user["name"]))


async def _asking(request: Request, who: Person, course: str) -> dict[str, Any]:
    """Who asks for a change, and of whom a teacher may change nothing."""
    if who.admin:
        return {"actor": who.name}
    return {"actor": who.name, "kept": (await Services.of(request).courses.get(course)).teachers}


async def _servers_of(request: Request, who: Person, course: str, user: str) -> None:
    """Raises NotFound for who is no member now, Forbidden for an admin's servers."""
    member = await hub_of(request).member(course, user)
    if member.get("admin") and not who.admin:
        raise errors.Forbidden("Administrators' servers are left to administrators.")


def _seen(user: dict[str, Any], who: Person) -> dict[str, Any]:
    """What a teacher sees of a member: no other groups, nothing of the account."""
    servers = {
        name: server.get("url") or "" for name, server in (user.get("servers") or {}).items()
    }
    return {
        "name": user["name"],
        "servers": servers,
        "may": who.admin or not user.get("admin"),
        "last_activity": user.get("last_activity"),
    }


def _to(base: str, course: str) -> Response:
    where = f"{base}/courses/course?course={quote(course, safe='')}"
    return Response(headers={"HX-Redirect": where})
