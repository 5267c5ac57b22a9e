"""JupyterHub's own API, as the admin service asks it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from neoai_server_ext import errors

REMEMBERED_S = 30.0
LISTED_S = 2.0
PAGE = 200
TOKEN = re.compile(r"[!-~]{1,1024}")
log = logging.getLogger("neoai.hub.admin")


class HubClient:
    """Who somebody is, and who there is. Raises BadGateway while the hub does not answer."""

    def __init__(
        self,
        *,
        api_url: str,
        token: str,
        client_id: str,
        base_url: str,
        public_host: str,
        prefix: str,
        callback: str,
    ) -> None:
        self.prefix = prefix
        self.home = f"{public_host}{base_url}hub/home"
        self._client_id, self._token = client_id, token
        self._authorize_url = f"{public_host}{base_url}hub/api/oauth2/authorize"
        self.callback = callback
        self._http = httpx.AsyncClient(base_url=api_url, timeout=20)
        self._listed: list[dict[str, Any]] | None = None
        self._listed_at = 0.0
        self._changed = 0
        self._listing: asyncio.Task[None] | None = None
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def sign_in_url(self, state: str) -> str:
        """Where a browser goes to sign in."""
        query = {
            "client_id": self._client_id,
            "redirect_uri": self.callback,
            "response_type": "code",
            "state": state,
        }
        return f"{self._authorize_url}?{urlencode(query)}"

    async def token_for(self, code: str) -> str | None:
        """The token of who signed in; None where the code is none of the hub's."""
        form = {
            "client_id": self._client_id,
            "client_secret": self._token,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
        }
        reply = await self._ask("POST", "/oauth2/token", data=form)
        token: str | None = reply.json().get("access_token") if reply.is_success else None
        return token

    async def user_of(self, token: str) -> dict[str, Any] | None:
        """The user's model, remembered for half a minute; None for a token that is none, has
        expired or was revoked, or may not use this service."""
        if not TOKEN.fullmatch(token):
            return None
        key = hashlib.sha256(token.encode()).hexdigest()
        found = self._known.get(key)
        now = time.monotonic()
        if found is not None and now - found[0] < REMEMBERED_S:
            return found[1]
        self._known.pop(key, None)
        reply = await self._ask("GET", "/user", token)
        if not reply.is_success:
            return None
        model: dict[str, Any] = reply.json()
        if model.get("kind") != "user" or not self._may_enter(model):
            return None
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[key] = (now, model)
        return model

    async def users(self) -> list[dict[str, Any]]:
        """Every user, with groups and servers, as of the last asking, which begins the next: the
        hub takes seconds to list thousands."""
        if self._listed is None:
            self._listed = await self._all("/users")
            self._listed_at = time.monotonic()
        elif time.monotonic() - self._listed_at > LISTED_S and self._listing is None:
            self._listing = asyncio.get_running_loop().create_task(self._list_again())
        return self._listed

    async def members(self, group: str) -> list[str]:
        """The names of a group's members; none where there is no such group."""
        reply = await self._ask("GET", f"/groups/{_part(group)}", self._token)
        names: list[str] = reply.json()["users"] if reply.is_success else []
        return sorted(names)

    async def has_group(self, group: str) -> bool:
        """Whether the hub has it."""
        return (await self._ask("GET", f"/groups/{_part(group)}", self._token)).is_success

    async def roster(self, change: Mapping[str, Any]) -> dict[str, Any]:
        """Have users and members changed, or hear what would be. Raises Conflict with the hub's
        reason."""
        reply = await self._ask("POST", "/neoai/roster", self._token, json=change)
        if reply.status_code in (400, 409, 413):
            raise errors.Conflict(_reason(reply))
        if not reply.is_success:
            raise errors.BadGateway(f"JupyterHub refused the change: {reply.status_code}.")
        outcome: dict[str, Any] = reply.json()
        if not change.get("dry"):
            self._changed += 1
            self._listed_at = 0.0
            _apply(outcome["steps"], self._listed or [])
        return outcome

    async def member(self, course: str, user: str) -> dict[str, Any]:
        """A member's model, as it is now. Raises NotFound."""
        reply = await self._ask("GET", f"/users/{_part(user)}", self._token)
        model: dict[str, Any] = reply.json() if reply.is_success else {}
        if course not in (model.get("groups") or ()):
            raise errors.NotFound("The course has no such member.")
        return model

    async def may_open(self, user: str, group: str) -> bool:
        """Whether the user's own scopes open servers of the group's members."""
        asked = {"user": user, "group": group}
        reply = await self._ask("GET", "/neoai/roster", self._token, params=asked)
        return reply.is_success and bool(reply.json()["open"])

    async def start(self, user: str) -> None:
        """Have a user's server started. Raises Conflict with the hub's reason."""
        path = f"/users/{_part(user)}/server"
        reply = await self._ask("POST", path, self._token)
        self._listed_at = 0.0
        if not reply.is_success:
            raise errors.Conflict(_reason(reply))

    async def stop(self, user: str, server: str) -> bool:
        """Have a user's server stopped; False where there is none that runs."""
        named = f"servers/{_part(server)}" if server else "server"
        path = f"/users/{_part(user)}/{named}"
        reply = await self._ask("DELETE", path, self._token)
        self._listed_at = 0.0
        return reply.is_success

    async def _list_again(self) -> None:
        changed = self._changed
        try:
            found = await self._all("/users")
            if changed == self._changed:  # else some of it is of before
                self._listed, self._listed_at = found, time.monotonic()
        except errors.NeoAIError as error:
            log.warning("users are those of before: %s", error.detail)
        finally:
            self._listing = None

    def _may_enter(self, model: dict[str, Any]) -> bool:
        name = self.prefix.rstrip("/").rpartition("/")[2]
        needed = {"access:services", f"access:services!service={name}"}
        return bool(needed & set(model.get("scopes", [])))

    async def _all(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        headers = {"Accept": "application/jupyterhub-pagination+json"}
        while True:
            params = {"limit": PAGE, "offset": len(found)}
            reply = await self._ask("GET", path, self._token, headers=headers, params=params)
            if not reply.is_success:
                raise errors.BadGateway(f"JupyterHub refused to list {path}: {reply.status_code}.")
            page = reply.json()
            found += page["items"]
            if not page["_pagination"]["next"]:
                return found

    async def _ask(
        self,
        method: str,
        path: str,
        token: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """The hub's reply to whoever has the token; without one, to nobody in particular."""
        who = {"Authorization": f"token {token}"} if token else {}
        arguments["headers"] = {**who, **(headers or {})}
        try:
            return await self._http.request(method, path, **arguments)
        except httpx.HTTPError as error:
            log.warning("JupyterHub does not answer: %r", error)
            raise errors.BadGateway("JupyterHub does not answer; try again soon.") from error


def _part(name: str) -> str:
    """A name as one part of an address: `..` is a name like others, and leads nowhere else."""
    return quote(name, safe="").replace(".", "%2E")


def _reason(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["message"])
    except (ValueError, KeyError):
        return f"JupyterHub refused this: {reply.status_code}."


def _apply(steps: Iterable[Mapping[str, Any]], users: list[dict[str, Any]]) -> None:
    """What was changed, in the list that the hub gave before."""
    known = {str(user["name"]): user for user in users}
    for step in steps:
        user = known.get(step["name"])
        if user is None:
            users.append({"name": step["name"], "groups": step["joins"], "servers": {}})
        else:
            kept = {*(user.get("groups") or ()), *step["joins"]} - {*step["leaves"]}
            user["groups"] = sorted(kept)
