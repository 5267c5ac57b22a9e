"""Who asks: a token in the header, or a browser that has signed in through the hub."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response

from neoai_server_ext import errors

from ..announcements import AnnouncementRow
from .hub import HubClient
from .services import Services

COOKIE = "neoai-admin"
STATE = "neoai-admin-state"
_HEADER = re.compile(r"(?:token|bearer)\s+(\S+)", re.IGNORECASE)


class SignInFirst(Exception):
    """Nobody is signed in."""


@dataclass(frozen=True)
class Person:
    """A user of the hub; `form_key` proves that a form is from one of our pages."""

    name: str
    admin: bool
    groups: tuple[str, ...]
    form_key: str
    teaches: bool = False
    told: tuple[AnnouncementRow, ...] = ()


def hub_of(request: Request) -> HubClient:
    """The app's way to the hub."""
    hub: HubClient = request.app.state.hub
    return hub


async def person(request: Request) -> Person:
    """Who asks. Raises SignInFirst; Forbidden for a change that a page elsewhere may have sent."""
    found = _HEADER.fullmatch(request.headers.get("authorization", ""))
    token = found.group(1) if found else request.cookies.get(COOKIE, "")
    model = await hub_of(request).user_of(token) if token else None
    if model is None:
        raise SignInFirst
    form_key = _form_key(request, token)
    if not found and not _is_visit(request):
        given = request.headers.get("x-xsrftoken", "")
        if not hmac.compare_digest(given.encode(), form_key.encode()):
            raise errors.Forbidden("This was not sent from this page: load it anew.")
    groups = tuple(sorted(model.get("groups") or ()))
    teaches = await Services.of(request).courses.teaches(model["name"])
    told = tuple(await Services.of(request).announcements.now_for(groups))
    return Person(model["name"], bool(model.get("admin")), groups, form_key, teaches, told)


Someone = Annotated[Person, Depends(person)]


async def admin(someone: Someone) -> Person:
    """Who asks, an admin. Raises Forbidden."""
    if not someone.admin:
        raise errors.Forbidden("Only administrators of the hub may do this.")
    return someone


Admin = Annotated[Person, Depends(admin)]


async def teacher(
    request: Request, someone: Someone, course: Annotated[str, Query(min_length=1, max_length=255)]
) -> Person:
    """Who asks, a teacher of the course or an admin. Raises NotFound: others learn of no course."""
    found = await Services.of(request).courses.get(course)
    if not someone.admin and someone.name not in found.teachers:
        raise errors.NotFound("There is no such course.")
    return someone


Teacher = Annotated[Person, Depends(teacher)]


def sign_in(request: Request) -> Response:
    """Send the browser to the hub, and remember where it wanted to go."""
    hub = hub_of(request)
    state = secrets.token_urlsafe(24)
    reply = RedirectResponse(hub.sign_in_url(state), status_code=302)
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    _keep(reply, STATE, f"{state}:{quote(where, safe='')}", hub.prefix, request)
    return reply


def routes(prefix: str) -> APIRouter:
    """The way back from the hub, and out."""
    router = APIRouter(prefix=prefix.rstrip("/"), include_in_schema=False)

    @router.get("/oauth_callback")
    async def back(request: Request, code: str = "", state: str = "") -> Response:
        """The browser is back, with a code of the hub's."""
        hub = hub_of(request)
        kept, _, where = request.cookies.get(STATE, "").partition(":")
        if not kept or not hmac.compare_digest(kept.encode(), state.encode()):
            raise errors.Forbidden("This sign-in was not begun here, or is too old: try again.")
        token = await hub.token_for(code) if code else None
        if token is None:
            raise errors.Forbidden("The hub does not know this sign-in: try again.")
        reply = RedirectResponse(own_page(unquote(where), hub.prefix), status_code=302)
        reply.delete_cookie(STATE, path=hub.prefix)
        _keep(reply, COOKIE, token, hub.prefix, request)
        return reply

    return router


def own_page(where: str, prefix: str) -> str:
    """`where` if it is a page of this service, else its first page: no redirect leads away."""
    parts, plain = urlsplit(where), unquote(where)
    if parts.scheme or parts.netloc or "\\" in plain or ".." in plain:
        return prefix
    return where if where.startswith(prefix) else prefix


def _is_visit(request: Request) -> bool:
    """A page that somebody opens. What a script asks for is none: without subdomains the pages of
    all users' servers are of the same origin, and could read an admin's."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return request.method in ("GET", "HEAD") and mode == "navigate"


def _form_key(request: Request, token: str) -> str:
    secret: bytes = request.app.state.secret
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()


def _keep(reply: Response, name: str, value: str, path: str, request: Request) -> None:
    secure = request.headers.get("x-forwarded-proto", "").split(",")[0] == "https"
    options: dict[str, Any] = {"httponly": True, "samesite": "lax", "secure": secure}
    reply.set_cookie(name, value, path=path, max_age=8 * 3600, **options)
