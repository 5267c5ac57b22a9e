"""Every request passes here before its handler does anything.

Jupyter asks its authorizer only where a handler's author wrote `@authorized`: JupyterLab's
settings, extension manager and plugin manager, nbdime and Jupyter AI ask nobody, and a
collaboration room is made before the question. So the question is put here, for all of them.
"""

from __future__ import annotations

import asyncio
import functools
import json
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from jupyter_server.base.handlers import JupyterHandler, PrometheusMetricsHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.web import HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from ... import errors
from .authorizer import ProjectAuthorizer
from .roles import Access, Person
from .rules import READS

if TYPE_CHECKING:
    from tornado.web import Application

REVOKED = 4403
"""The code with which a websocket is closed whose user has lost the right to it; of the range
that RFC 6455 leaves to applications."""

ACCOUNT_EXTENSIONS = (
    "@jupyterlab/terminal-extension",
    "@jupyterlab/console-extension",
    "@jupyterlab/debugger-extension",
    "@jupyterlab/inspector-extension:consoles",
    "@jupyterlab/tooltip-extension:consoles",
    "@jupyterlab/extensionmanager-extension",
    "@jupyter/collaboration-extension:rtcGlobalAwareness",
    "@jupyter/collaboration-extension:rtcPanel",
    "@jupyter-ai-contrib/live-content",
    "@jupyter-ai/acp-client",
    "@jupyter-ai/chat-commands",
    "@jupyter-ai/core",
    "@jupyter-ai/persona-manager",
    "@jupyter-ai/router",
    "jupyterlab-ai-commands",
    "jupyterlab-chat-extension",
    "nbdime-jupyterlab",
)
"""What of JupyterLab would only be refused to others than the owner: left out of their page."""


class Gate:
    """Asks the authorizer first, and ends what is open when rights change."""

    def __init__(self, authorizer: ProjectAuthorizer) -> None:
        self.authorizer = authorizer
        self.generation = 0
        self._open: WeakSet[Guard] = WeakSet()
        self._tasks: set[asyncio.Task[None]] = set()

    def install(self, application: Application) -> None:
        """Stand before every handler of a server, also of those that are added later."""
        delegate = application.get_handler_delegate

        def guarded(request: Any, target: type[RequestHandler], *args: Any, **named: Any) -> Any:
            return delegate(request, self._guarded(target), *args, **named)

        given: Any = application
        given.get_handler_delegate = guarded

    @functools.cached_property
    def _guarded(self) -> Any:
        @functools.cache
        def guarded(target: type[RequestHandler]) -> type[RequestHandler]:
            if not issubclass(target, JupyterHandler):
                return target
            kind = GuardedSocket if issubclass(target, WebSocketHandler) else Guard
            members = {"neoai_gate": self, "__module__": target.__module__}
            return type(target.__name__, (kind, target), members)

        return guarded

    async def admit(self, handler: Any) -> None:
        """Raise 403 where the user may not make this request. Who is not signed in is left to the
        handler, which sends him to the login page or away; but not to a collaboration room's, which
        makes the room before it looks."""
        method = getattr(handler, (handler.request.method or "").lower(), None)
        if getattr(method, "__allow_unauthenticated", False) and not _lets_in_who_signs_in(handler):
            return
        is_socket = isinstance(handler, WebSocketHandler)
        if not self.authorizer.tells_people_apart and not is_socket:
            return
        user: Any = self.authorizer.identity_provider.get_user(handler)
        if isinstance(user, Awaitable):
            user = await user
        if user is None and not is_socket:
            return
        handler.current_user = handler._jupyter_current_user = user
        if user is None:
            raise HTTPError(403, "Sign in first.")
        if self.authorizer.is_owner(user):
            return
        handler.neoai_person = self.authorizer.person(user)
        handler.neoai_generation = self.generation
        self._open.add(handler)
        reason = await self._refusal(handler)
        if reason is not None:
            raise HTTPError(403, reason)

    async def _refusal(self, handler: Any) -> str | None:
        try:
            return await self.authorizer.refusal(handler, handler.neoai_person)
        except errors.NeoAIError as error:
            raise HTTPError(503, error.detail) from error

    def forget(self, handler: Any) -> None:
        """A request is over, or a socket closed."""
        self._open.discard(handler)

    async def recheck(self) -> None:
        """Rights may be others now: end every open websocket and stream that its user would not
        get any more."""
        self.generation += 1
        for handler in list(self._open):
            await self.end_if_refused(handler)

    async def end_if_refused(self, handler: Any) -> None:
        """Ask again for one that is open; where the question cannot be answered, end it too."""
        try:
            refused = await self._refusal(handler) is not None
        except HTTPError:
            refused = True
        if refused:
            handler.neoai_end()

    def recheck_soon(self) -> None:
        """After a request that may have moved, removed or unregistered something."""
        if self._open:
            task = asyncio.ensure_future(self.recheck())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def _lets_in_who_signs_in(handler: Any) -> bool:
    """Whether a handler that says it is for everybody is for those who are signed in, as Jupyter's
    metrics are unless they are configured to be public."""
    is_metrics = isinstance(handler, PrometheusMetricsHandler)
    return is_metrics and bool(handler.settings["authenticate_prometheus"])


class Guard:
    """In front of a handler's class: the gate's question before its own preparations."""

    neoai_gate: Gate
    neoai_person: Person | None = None
    neoai_generation = 0

    @property
    def _handler(self) -> Any:
        return self

    @property
    def token(self) -> str | None:
        """The server's own token, which Jupyter writes into its pages: with JupyterHub it is the
        owner's, so nobody else gets it."""
        behind: Any = super()
        return "" if self.neoai_person is not None else behind.token

    def get_page_config(self) -> dict[str, Any]:
        """JupyterLab's page: without the server's token too, and with the roles by path, which
        nobody but the owner is without."""
        behind: Any = super()
        config: dict[str, Any] = behind.get_page_config()
        if self.neoai_person is None:
            return config
        # A copy: JupyterLab keeps one for all its pages.
        access: Access = self._handler.neoai_access
        disabled = [*config.get("disabledExtensions", ()), *ACCOUNT_EXTENSIONS]
        roles = json.dumps(access.by_path())
        config = {**config, "neoaiRoles": roles, "disabledExtensions": disabled}
        if config.get("token") == self._handler.identity_provider.token:
            config["token"] = ""
        return config

    async def prepare(self) -> None:
        """Ask, then prepare as ever."""
        await self.neoai_gate.admit(self)
        behind: Any = super()
        prepared = behind.prepare()
        if isinstance(prepared, Awaitable):
            await prepared

    def on_finish(self) -> None:
        """Forget it; look after the others where it has changed something."""
        behind: Any = super()
        behind.on_finish()
        self.neoai_gate.forget(self)
        if self._handler.request.method not in READS and self._handler.get_status() < 400:
            self.neoai_gate.recheck_soon()

    def neoai_end(self) -> None:
        """End a stream of ours; a plain request goes on to its end, as one that came earlier."""
        gone: asyncio.Future[None] | None = getattr(self, "_gone", None)
        if gone is not None and not gone.done():
            gone.set_result(None)


class GuardedSocket(Guard):
    """In front of a websocket's class: it closes when its user loses the right to it."""

    def on_finish(self) -> None:
        """The request is over, not the socket."""
        behind: Any = super(Guard, self)
        behind.on_finish()

    def check_origin(self, origin: str) -> bool:
        """As Jupyter's own websockets do; a collaboration room's would let any site in."""
        return bool(WebSocketMixin.check_origin(cast(WebSocketMixin, self), origin))

    async def open(self, *args: Any, **kwargs: Any) -> None:
        """Open, unless rights have changed since the question was asked."""
        behind: Any = super()
        opened = behind.open(*args, **kwargs)
        if isinstance(opened, Awaitable):
            await opened
        if self.neoai_person is not None and self.neoai_generation != self.neoai_gate.generation:
            await self.neoai_gate.end_if_refused(self)

    def on_close(self) -> None:
        """Forget it."""
        behind: Any = super()
        behind.on_close()
        self.neoai_gate.forget(self)

    def neoai_end(self) -> None:
        """Close it, saying why."""
        if self._handler.ws_connection is not None:
            self._handler.close(REVOKED, "You have no access to this any more.")
