"""A hub, as far as a user's server speaks to it: a real socket, and replies that a test sets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any, Self

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from neoai_server_ext.session.hub import HubClient

TOKEN = "token of the server"


class ScriptedHub:
    """Holds questions as the hub does; `say` answers them. `status`: what it answers with."""

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.tokens: set[str] = set()
        self.status = 200
        self.port = 0
        self._reply: dict[str, Any] = {}
        self._version = 0
        self._changed = asyncio.Event()
        self._heard = asyncio.Event()
        self.say()

    @property
    def environ(self) -> dict[str, str]:
        """What the hub puts into a server's environment."""
        return {
            "JUPYTERHUB_API_URL": f"http://127.0.0.1:{self.port}/hub/api",
            "JUPYTERHUB_API_TOKEN": TOKEN,
            "JUPYTERHUB_USER": "ann/x@y",
            "JUPYTERHUB_SERVER_NAME": "",
        }

    def client(self) -> HubClient:
        """The way to this hub."""
        client = HubClient.of_environment(self.environ)
        assert client is not None
        return client

    def say(
        self,
        *notices: dict[str, Any],
        save: str = "",
        save_s: float = 5.0,
        announcements: Sequence[dict[str, str]] = (),
    ) -> None:
        """What is answered from now on, to questions that are open too."""
        self._version += 1
        self._reply = {
            "version": str(self._version),
            "heartbeat_s": 30,
            "notices": list(notices),
            "announcements": list(announcements),
            "save": save,
            "save_s": save_s if save else 0,
        }
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, met: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first report that meets a condition."""
        async with asyncio.timeout(20):
            while True:
                for report in self.reports:
                    if met(report):
                        return report
                self._heard.clear()
                await self._heard.wait()

    async def answer(self, report: dict[str, Any]) -> dict[str, Any]:
        self.reports.append(report)
        self._heard.set()
        changed = self._changed
        if report["seen"] == self._reply["version"] and report["hold_s"]:
            await asyncio.wait([asyncio.ensure_future(changed.wait())], timeout=report["hold_s"])
        return self._reply

    async def __aenter__(self) -> Self:
        hub = self

        class Session(RequestHandler):
            async def post(self) -> None:
                hub.paths.append(self.request.path)
                hub.tokens.add(self.request.headers.get("Authorization", ""))
                if hub.status != 200:
                    hub.reports.append({})
                    hub._heard.set()
                    self.send_error(hub.status)
                    return
                self.write(json.dumps(await hub.answer(json.loads(self.request.body))))

            def log_exception(self, *args: Any) -> None:
                pass

        sockets = bind_sockets(self.port, "127.0.0.1")
        self.port = sockets[0].getsockname()[1]
        self._server = HTTPServer(Application([(r"/.*", Session)], log_function=lambda _: None))
        self._server.add_sockets(sockets)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.stop()
        self.say()
        await self._server.close_all_connections()
