"""What the scripted provider is to do with a request, whatever its wire format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Fault = Literal["none", "status", "hang", "cut", "abort", "malformed"]


@dataclass
class Script:
    """What to do with one request.

    text: the reply, sent in `chunks` pieces with `delay_s` between them.
    fault: `status` replies with `status` and `error`; `hang` says nothing more after `after`
    pieces, `cut` ends the stream cleanly after them with no finish reason, `abort` drops the
    connection, `malformed` sends something that is not JSON.
    calls: tools that are called after the text, by name, with their arguments as they are written.
    reports: what is said of the tokens at the end, one after the other, in place of the truth.
    """

    text: str = "All is well."
    chunks: int = 4
    delay_s: float = 0.0
    fault: Fault = "none"
    after: int = 1
    status: int = 500
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    finish: str = "stop"
    calls: tuple[tuple[str, str], ...] = ()
    reports: tuple[dict[str, Any], ...] = ()

    @property
    def tokens(self) -> int:
        """How long the reply is."""
        return len(self.text + "".join(said for _, said in self.calls)) // 4 + 1


def rate_limited(retry_after: int = 7) -> Script:
    """429 as OpenAI says it."""
    error = {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}
    headers = {"Retry-After": str(retry_after)}
    return Script(fault="status", status=429, error=error, headers=headers)


def refused_key(key: str) -> Script:
    """401 as OpenAI says it: with a part of the key in the message, here all of it."""
    error = {
        "message": f"Incorrect API key provided: {key}. You can find your API key at …",
        "type": "invalid_request_error",
        "code": "invalid_api_key",
    }
    return Script(fault="status", status=401, error=error)


def too_long() -> Script:
    """400 for more than the model's context window."""
    error = {
        "message": "This model's maximum context length is 8192 tokens.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    }
    return Script(fault="status", status=400, error=error)


async def paced(script: Script) -> AsyncIterator[str]:
    """The text's pieces; ends with the fault's name after a NUL where there is one, after the text
    only where no call follows in which it can come."""
    size = -(-len(script.text) // max(1, script.chunks)) or 1
    pieces = [script.text[i : i + size] for i in range(0, len(script.text), size)]
    for i, piece in enumerate(pieces):
        if script.fault != "none" and i >= script.after:
            break
        if script.delay_s:
            await asyncio.sleep(script.delay_s)
        yield piece
    if script.fault != "none" and (len(pieces) > script.after or not script.calls):
        yield "\0" + script.fault


async def paced_call(script: Script, arguments: str) -> AsyncIterator[str]:
    """The same for a call's arguments."""
    async for piece in paced(replace(script, text=arguments, calls=())):
        yield piece
