"""Watches a provider's stream on the wire: only what it says there makes a reply complete.

A stream that is cut but closes cleanly looks like an ordinary end to the SDKs above.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextvars import ContextVar

import httpx2

FINISHED = re.compile(
    rb'(?<!\\)"finish_reason"\s*:\s*"\w|^data:\s*\[DONE\]|(?<!\\)"type"\s*:\s*"message_stop"',
    re.MULTILINE,
)
OVERLAP = 64


class Watch:
    """What was seen of one reply."""

    def __init__(self) -> None:
        self.bytes = 0
        self.complete = False
        self._tail = b""

    def feed(self, raw: bytes) -> None:
        """Look at the next bytes of the body."""
        self.bytes += len(raw)
        if self.complete:
            return
        window = self._tail + raw
        self.complete = FINISHED.search(window) is not None
        self._tail = window[-OVERLAP:]


watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


class WatchedTransport(httpx2.AsyncBaseTransport):
    """Passes everything on, and shows each body to the Watch of the context it was asked in."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request."""
        response = await self._inner.handle_async_request(request)
        watch = watching.get()
        if watch is not None:
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _WatchedStream(response.stream, watch)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _WatchedStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for raw in self._inner:
            self._watch.feed(raw)
            yield raw

    async def aclose(self) -> None:
        await self._inner.aclose()
