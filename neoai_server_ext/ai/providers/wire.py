"""Watches a provider's stream on the wire: only what it says there makes a reply complete.

A stream that is cut but closes cleanly looks like an ordinary end to the SDKs above. And each piece
of text costs them half a millisecond, so all but a reply's first are taken from the wire here
(some 20 microseconds); whatever is not plain text goes to them as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from typing import Any

import httpx2

from .base import ProviderError

FINISHED = re.compile(
    rb'(?<!\\)"finish_?[rR]eason"\s*:\s*"\w|^data:\s*\[DONE\]|(?<!\\)"type"\s*:\s*"message_stop"',
    re.MULTILINE,
)
OVERLAP = 64
BLANK = re.compile(rb"\r?\n\r?\n")
LONGEST_EVENT = 1 << 20
LONGEST_LINE = 32 << 20
"""The SDKs keep a line in memory until it ends."""
THINKS = "<think>"


def _openai_text(said: Any) -> str:
    """The text of a chunk that is nothing but a piece of the one choice's text."""
    choices = said.get("choices")
    if not choices or len(choices) > 1 or said.get("usage") or said.get("error"):
        return ""
    delta = choices[0].get("delta") or {}
    text = delta.get("content")
    alone = all(name in ("content", "role") or not value for name, value in delta.items())
    is_plain = alone and not choices[0].get("finish_reason") and not choices[0].get("logprobs")
    return text if is_plain and isinstance(text, str) else ""


def _anthropic_text(said: Any) -> str:
    """The text of an event that is nothing but a piece of a block's text."""
    if said.get("type") != "content_block_delta":
        return ""
    delta = said.get("delta") or {}
    text = delta.get("text") if delta.get("type") == "text_delta" else None
    return text if isinstance(text, str) else ""


def _google_text(said: Any) -> str:
    """The text of a piece that holds nothing else; each one counts the tokens so far."""
    candidates = said.get("candidates")
    if not candidates or len(candidates) > 1 or candidates[0].get("finishReason"):
        return ""
    parts: list[Any] = (candidates[0].get("content") or {}).get("parts") or []
    if len(parts) != 1 or parts[0].keys() != {"text"}:
        return ""
    text = parts[0]["text"]
    return text if isinstance(text, str) else ""


TEXTS: dict[str, Callable[[Any], str]] = {
    "openai": _openai_text,
    "openai-compatible": _openai_text,
    "gateway": _openai_text,
    "anthropic": _anthropic_text,
    "google": _google_text,
}
"""By kind of provider: the text of an event that holds nothing else, or none."""


class Watch:
    """What was seen of one reply."""

    def __init__(self) -> None:
        self.bytes = 0
        self.complete = False
        self.take: Callable[[str], Awaitable[None]] | None = None
        """Takes the texts that are taken from the wire."""
        self.text_of: Callable[[Any], str] | None = None
        """One of TEXTS; None: all goes to the SDK."""
        self._has_begun = False
        self._tail = b""
        self._line = 0

    def feed(self, raw: bytes) -> None:
        """Look at the next bytes of the body. Raises ProviderError."""
        self.bytes += len(raw)
        end = raw.rfind(b"\n")
        self._line = len(raw) - end - 1 if end >= 0 else self._line + len(raw)
        if self._line > LONGEST_LINE:
            raise ProviderError("malformed", "The reply has no end.")
        if self.complete:
            return
        window = self._tail + raw
        self.complete = FINISHED.search(window) is not None
        self._tail = window[-OVERLAP:]

    def text(self, event: bytes) -> str:
        """The text to take of an event of the stream; empty where it is the SDK's."""
        line = event[event.find(b"data:") :]
        if (
            self.text_of is None
            or not line.startswith(b"data:")
            or b"\n" in line
            or line.endswith(b"[DONE]")
        ):
            return ""
        try:
            found = self.text_of(json.loads(line[5:]))
        except (ValueError, AttributeError, TypeError, KeyError):
            return ""
        if found.strip() == THINKS:
            self.text_of = None  # the SDK tells the thoughts that follow from the reply
            return ""
        begun, self._has_begun = self._has_begun, self._has_begun or bool(found.strip())
        return found if begun else ""


watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


class WatchedTransport(httpx2.AsyncBaseTransport):
    """Passes everything on, and shows each body to the Watch of the context it was asked in."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request."""
        # What is compressed may be a thousand times as long as it seems.
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("Content-Encoding", "identity") != "identity":
            await response.aclose()
            raise ProviderError(
                "malformed", "The provider's reply is compressed, which was not asked for."
            )
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
        watch, pending = self._watch, b""
        async for raw in self._inner:
            watch.feed(raw)
            if len(pending) > LONGEST_EVENT:
                watch.text_of = None
            if watch.text_of is None or watch.take is None:
                yield pending + raw
                pending = b""
                continue
            pending += raw
            begin = passed = 0
            for blank in BLANK.finditer(pending):
                text = watch.text(pending[begin : blank.start()])
                if text:
                    if begin > passed:
                        yield pending[passed:begin]  # what comes before is heard before
                    passed = blank.end()
                    await watch.take(text)
                begin = blank.end()
            if begin > passed:
                yield pending[passed:begin]
            pending = pending[begin:]
        if pending:
            yield pending

    async def aclose(self) -> None:
        await self._inner.aclose()
