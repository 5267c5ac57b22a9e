"""The handler that every route of ours extends."""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.handler import ExtensionHandlerMixin
from pydantic import BaseModel, ValidationError
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from .. import errors
from ..logs import current_request_id, logger
from . import problems, sse

if TYPE_CHECKING:
    from ..events import Event
    from ..extension import NeoAIExtension

T = TypeVar("T")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

log = logger("http")


@dataclass(frozen=True)
class Reply:
    """A reply with more to say than its body: a status other than the operation's, headers."""

    body: BaseModel | bytes | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


class NeoAIHandler(ExtensionHandlerMixin, APIHandler):
    """Authenticated JSON in, JSON out, problem documents for every failure, a request id on all."""

    _request_id: str = ""
    _started: float = 0.0

    @property
    def neoai(self) -> NeoAIExtension:
        """The extension, which holds the services."""
        return cast("NeoAIExtension", self.extensionapp)

    @property
    def user_name(self) -> str:
        """The signed-in user's name."""
        return str(getattr(self.current_user, "username", "") or "")

    @property
    def request_id(self) -> str:
        """The caller's `X-Request-ID` where it is a plain token, else a new one."""
        if not self._request_id:
            given = self.request.headers.get("X-Request-ID", "")
            self._request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        return self._request_id

    def set_default_headers(self) -> None:
        """Put the request id on every reply, errors included."""
        super().set_default_headers()
        self.set_header("X-Request-ID", self.request_id)

    async def prepare(self) -> None:  # type: ignore[override]
        """Start the clock and mark the log lines of this request."""
        self._started = time.perf_counter()
        current_request_id.set(self.request_id)
        await super().prepare()

    def read_body(self, model: type[BaseModel]) -> BaseModel:
        """Parse and validate the JSON body; an empty body reads as `{}`.

        Raises BadInput (not JSON, not an object) and Invalid (does not validate).
        """
        raw = self.request.body.strip() or b"{}"
        try:
            text = raw.decode("utf-8")
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise errors.BadInput("The body is not valid JSON in UTF-8.") from None
        if not isinstance(value, dict):
            raise errors.BadInput("The body must be a JSON object.")
        try:
            return model.model_validate(value)
        except ValidationError as error:
            raise problems.invalid(error, "body") from None

    def read_query(self, model: type[BaseModel]) -> BaseModel:
        """Validate the query; a parameter given more than once counts as its last value."""
        known = {f.alias or name for name, f in model.model_fields.items()}
        values = {
            name: self.get_query_argument(name, strip=False)
            for name in self.request.query_arguments
            if name in known
        }
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise problems.invalid(error, "query") from None

    def send(self, reply: Reply, status: int) -> None:
        """Write a reply out as JSON; bytes go as they are, with the headers' own media type."""
        self.set_status(reply.status or status)
        for name, value in reply.headers.items():
            self.set_header(name, value)
        content_type = reply.headers.get("Content-Type", "application/json")
        if reply.body is None:
            self.finish(set_content_type=content_type)
        elif isinstance(reply.body, bytes):
            self.finish(reply.body, set_content_type=content_type)
        else:
            self.finish(reply.body.model_dump_json(by_alias=True), set_content_type=content_type)

    async def stream(self, events: AsyncIterator[Event]) -> None:
        """Send events as `text/event-stream` until they end or the client leaves."""
        self.set_header("Content-Type", sse.MEDIA_TYPE)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        try:
            async for chunk in sse.encode(events, self._gone):
                self.write(chunk)
                await self.flush()
        except StreamClosedError:
            return
        self.finish(set_content_type=sse.MEDIA_TYPE)

    async def while_here(self, work: Coroutine[Any, Any, T]) -> T:
        """What the work gives. Raises Unavailable where the client leaves before: the work is
        given up, and there is no reply that its Idempotency-Key could be given again."""
        task = asyncio.ensure_future(work)
        try:
            waiting: list[asyncio.Future[Any]] = [task, self._gone]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise errors.Unavailable("The client has left.", code="client-left")
        finally:
            task.cancel()

    @property
    def last_event_id(self) -> int:
        """Where a reconnecting reader left off: `Last-Event-ID`, or 0."""
        given = self.request.headers.get("Last-Event-ID", "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0

    def initialize(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Remember when the client goes away, so that a stream ends with it."""
        super().initialize(name, *args, **kwargs)
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_connection_close(self) -> None:
        """The client has gone."""
        super().on_connection_close()
        if not self._gone.done():
            self._gone.set_result(None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Every failure is a problem document, never a traceback."""
        error = kwargs.get("exc_info", (None, None))[1]
        document = problems.problem_of(error, status_code, self.request_id)
        self.set_status(document["status"])
        if isinstance(error, errors.Limited):
            self.set_header("Retry-After", str(max(1, round(error.retry_after))))
        self.finish(json.dumps(document), set_content_type=problems.MEDIA_TYPE)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Expected errors are one line; only a fault of ours has a traceback, in the log alone."""
        if isinstance(value, errors.NeoAIError):
            log.info("refused: %s", value.detail)
        elif isinstance(value, HTTPError):
            log.info("refused: %s", value)
        else:
            log.error("unhandled error", exc_info=(typ, value, tb))

    def on_finish(self) -> None:
        """One log line a request."""
        super().on_finish()
        if not self._started:
            return
        log.info(
            "%s %s %d",
            self.request.method,
            self.request.path,
            self.get_status(),
            extra={
                "request_id": self.request_id,
                "method": self.request.method,
                "path": self.request.path,
                "status": self.get_status(),
                "duration_s": round(time.perf_counter() - self._started, 6),
                "user": self.user_name if getattr(self, "_jupyter_current_user", None) else "",
            },
        )


class UnknownRouteHandler(NeoAIHandler):
    """Any address below ours that no route claims."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse before anything of the request is read."""
        await super().prepare()
        raise errors.NotFound("There is no such address; GET openapi.json lists those there are.")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
