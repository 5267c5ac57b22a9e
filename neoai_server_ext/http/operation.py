"""`@operation` makes a method an operation of the API: authorised, validated, documented."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from jupyter_server.auth.decorator import authorized
from pydantic import BaseModel
from tornado.web import authenticated

from .. import errors
from .base import NeoAIHandler, Reply


@dataclass(frozen=True)
class Operation:
    """What `openapi.json` says of a method; the wrapper validates by the same models."""

    summary: str
    description: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    reply: type[BaseModel] | None
    status: int
    media_type: str
    body_media_type: str
    idempotent_post: bool


def operation(
    summary: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    reply: type[BaseModel] | None = None,
    status: int = 200,
    media_type: str = "application/json",
    body_media_type: str = "application/json",
) -> Callable[[Callable[..., Awaitable[Any]]], Callable[..., Awaitable[None]]]:
    """Declare a handler's method as an operation.

    The method receives the path's parameters by name, and `body` and `query` validated.
    It returns a model, a Reply, or None where it has written the reply itself (a stream)
    or there is no body. On POST, `Idempotency-Key` gives the first reply again.
    `body_media_type` other than JSON: the method reads the body itself.
    """

    def decorate(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
        described = Operation(
            summary=summary,
            description=_paragraph(method.__doc__),
            body=body,
            query=query,
            reply=reply,
            status=status,
            media_type=media_type,
            body_media_type=body_media_type,
            idempotent_post=method.__name__ == "post" and media_type == "application/json",
        )

        @functools.wraps(method)
        async def wrapper(self: NeoAIHandler, *args: Any, **kwargs: Any) -> None:
            if query is not None:
                kwargs["query"] = self.read_query(query)
            if body is not None:
                kwargs["body"] = self.read_body(body)

            async def call() -> Reply | None:
                try:
                    result = await method(self, *args, **kwargs)
                except UnicodeEncodeError as error:
                    raise errors.BadInput(
                        "The request holds half a character (a lone surrogate), which is no text."
                    ) from error
                if isinstance(result, BaseModel):
                    return Reply(result)
                return result  # type: ignore[no-any-return]

            key = self.request.headers.get("Idempotency-Key")
            if key is not None and described.idempotent_post:
                result = await self.neoai.idempotency.run(self, key, status, call)
            else:
                result = await call()
            if result is not None:
                self.send(result, status)
            elif not self._finished and not self._headers_written:
                self.send(Reply(), status)

        wrapped: Any = authenticated(authorized(wrapper))
        wrapped.operation = described
        return wrapped  # type: ignore[no-any-return]

    return decorate


def _paragraph(doc: str | None) -> str:
    return " ".join((doc or "").split())
