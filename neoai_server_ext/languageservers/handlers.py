"""The websocket of a language server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.handler import ExtensionHandlerMixin
from pydantic import BaseModel, Field
from tornado.web import HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .. import errors
from ..http import NeoAIHandler, Route, operation
from ..http.routes import PREFIX
from .service import LanguageServer

if TYPE_CHECKING:
    from ..extension import NeoAIExtension

AUTH_RESOURCE = "neoai-languageservers"
REFUSED = 4409
"""It cannot be started, and trying again would not help; the reason says why."""
BUSY = 4429
"""Too many run now."""
ENDED = 4500
"""The language server has ended; the reason says how."""
LONGEST_REASON = 120
SOCKET = PREFIX + r"/language-servers/(?P<name>[^/]+)/socket"


class LanguageServerSocket(ExtensionHandlerMixin, WebSocketMixin, WebSocketHandler, JupyterHandler):
    """`/language-servers/{name}/socket?path=…`: a language server for the project around `path`.

    Each websocket is a process of its own, which lives as long as it does. A message is a
    JSON-RPC message.
    """

    auth_resource = AUTH_RESOURCE
    _server: LanguageServer | None = None
    _pump: asyncio.Task[None] | None = None

    @property
    def neoai(self) -> NeoAIExtension:
        """The extension, which holds the services."""
        return cast("NeoAIExtension", self.extensionapp)

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Let the signed-in in."""
        if self.current_user is None:
            raise HTTPError(403, "Sign in first.")
        allowed = self.authorizer.is_authorized(self, self.current_user, "execute", AUTH_RESOURCE)
        if not (allowed if isinstance(allowed, bool) else await allowed):
            raise HTTPError(403)
        await super().get(*args, **kwargs)

    async def open(self, name: str) -> None:
        """Start the server, and pass on what it says."""
        super().open()
        try:
            server = await self.neoai.language_servers.start(
                name, self.get_query_argument("path", "")
            )
        except errors.Limited as error:
            self.close(BUSY, error.detail[:LONGEST_REASON])
            return
        except errors.NeoAIError as error:
            self.close(REFUSED, error.detail[:LONGEST_REASON])
            return
        self._server = server
        if self.ws_connection is None:
            self.on_close()
            return
        self._pump = asyncio.ensure_future(self._pass_on(server))

    async def _pass_on(self, server: LanguageServer) -> None:
        try:
            async for message in server.process.messages():
                await self.write_message(message)
            reason = await server.process.ended()
            self.close(ENDED, reason.encode()[:LONGEST_REASON].decode("utf-8", "ignore"))
        except WebSocketClosedError:
            return
        finally:
            await self.neoai.language_servers.stop(server)

    async def on_message(self, message: str | bytes) -> None:
        """Pass it on to the server."""
        if self._server is None:
            return
        try:
            await self._server.send(message)
        except errors.BadInput as error:
            self.close(REFUSED, error.detail)

    def on_close(self) -> None:
        """End the server with its page."""
        super().on_close()
        server, self._server = self._server, None
        if server is not None:
            asyncio.ensure_future(self.neoai.language_servers.stop(server))  # noqa: RUF006


class LibraryQuery(BaseModel):
    """Which file."""

    path: str = Field(min_length=1, max_length=4096, description="Absolute, on the server.")


class LibraryText(BaseModel):
    """A file's text."""

    content: str


class LibraryHandler(NeoAIHandler):
    """`/language-servers/text`."""

    auth_resource = AUTH_RESOURCE

    @operation("Read a file that a definition lies in", query=LibraryQuery, reply=LibraryText)
    async def get(self, *, query: LibraryQuery) -> LibraryText:
        """Such as the standard library's, outside the server's root. The account's owner alone may:
        it reads with the account's rights."""
        return LibraryText(content=await self.neoai.language_servers.text(query.path))


routes = [Route("/language-servers/text", LibraryHandler)]
