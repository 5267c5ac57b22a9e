"""Server-sent events on the wire (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..events import Event

MEDIA_TYPE = "text/event-stream"
KEEP_ALIVE_S = 15.0


def encode_event(event: Event) -> bytes:
    """One event with its number, name and one line of JSON."""
    data = json.dumps(event.data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.id}\nevent: {event.name}\ndata: {data}\n\n".encode()


async def encode(events: AsyncIterator[Event], gone: Awaitable[None]) -> AsyncIterator[bytes]:
    """Encode events as they come, with a comment every 15 s so that proxies keep the line open.

    Ends when the events do or when `gone` is done, and closes the iterator in either case.
    """
    left: asyncio.Future[None] = asyncio.ensure_future(gone)
    following: asyncio.Future[Event] | None = None
    try:
        while True:
            if following is None:
                following = asyncio.ensure_future(_next(events))
            waiting: set[asyncio.Future[Any]] = {following, left}
            await asyncio.wait(waiting, timeout=KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            if left.done():
                return
            if not following.done():
                yield b": keep-alive\n\n"
                continue
            try:
                event = following.result()
            except StopAsyncIteration:
                return
            following = None
            yield encode_event(event)
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)
