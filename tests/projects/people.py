"""The people of the sharing tests, and how they ask a running server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from neoai_server_ext.projects.sharing.authorizer import ProjectAuthorizer

from .conftest import Answer

OWNER, STRANGER, NOBODY = "olga", "stan", ""
VIEWER, EDITOR, CO_OWNER, GROUP_EDITOR = "vera", "edna", "otto", "gwen"
ELSEWHERE = "nina"
"""Has a role in another project alone."""
PEOPLE = [OWNER, CO_OWNER, EDITOR, GROUP_EDITOR, VIEWER, ELSEWHERE, STRANGER, NOBODY]
GROUPS = {GROUP_EDITOR: ["team"]}


def config(**more: Any) -> dict[str, Any]:
    """A server's configuration with all of them."""
    people = {
        f"token-{name}": {"name": name, "groups": GROUPS.get(name, [])} for name in PEOPLE if name
    }
    return {
        "ServerApp": {
            "identity_provider_class": "tests.fakes.identity.PeopleByToken",
            "jpserver_extensions": {"neoai_server_ext": True, **more},
        },
        "PeopleByToken": {"people": people},
        "ProjectAuthorizer": {"owners": [OWNER]},
    }


@dataclass
class Server:
    """A running server, as its users reach it."""

    app: Any
    port: int

    @property
    def url(self) -> str:
        """With the trailing slash."""
        return f"http://127.0.0.1:{self.port}{self.app.base_url}"

    @property
    def authorizer(self) -> ProjectAuthorizer:
        found = self.app.authorizer
        assert isinstance(found, ProjectAuthorizer)
        return found

    async def ask(self, who: str, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """The answer, whatever it is; redirects are not followed."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if raw is None and method in ("POST", "PUT", "PATCH"):
            raw = b""
        headers = {"Authorization": f"token token-{who}"} if who else {}
        client = AsyncHTTPClient()
        try:
            reply = await client.fetch(
                self.url + path,
                method=method,
                headers={**headers, **more},
                body=raw,
                follow_redirects=False,
                request_timeout=60,
                allow_nonstandard_methods=True,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            reply = error.response
        return Answer(reply.code, reply.headers, reply.body or b"")

    async def connect(self, who: str, path: str, **more: str) -> WebSocketClientConnection:
        """An open websocket; raises HTTPClientError where it is refused."""
        headers = {"Authorization": f"token token-{who}"} if who else {}
        url = self.url.replace("http:", "ws:", 1) + path
        request = HTTPRequest(url, headers={**headers, **more}, request_timeout=60)
        return await websocket_connect(request)

    async def socket(self, who: str, path: str) -> int:
        """101 where a websocket opens (it is closed again), else the status of the refusal."""
        try:
            connection = await self.connect(who, path)
        except HTTPClientError as error:
            return error.code
        connection.close()
        return 101

    async def project(self, path: str, name: str | None = None) -> str:
        """Register a folder, made where it is not there; its id."""
        body = {"path": path, "name": name or path, "create": True}
        answer = await self.ask(OWNER, "POST", "neoai/v1/projects", body)
        assert answer.code == 201, answer.body
        return str(answer.json["id"])

    async def share(self, project_id: str, role: str, by: str = OWNER, **whom: str) -> Answer:
        """`share(id, "editor", user="edna")`."""
        body = {"role": role, **whom}
        return await self.ask(by, "POST", f"neoai/v1/projects/{project_id}/share", body)

    async def shared(self, path: str) -> str:
        """A project in which everybody has the role of his name."""
        project_id = await self.project(path)
        for name, role in [(VIEWER, "viewer"), (EDITOR, "editor"), (CO_OWNER, "owner")]:
            assert (await self.share(project_id, role, user=name)).code == 201
        assert (await self.share(project_id, "editor", group="team")).code == 201
        return project_id
