"""Asks a server to fill in the middle. Import this module lazily."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx2

from .base import Delta, End, Event, ProviderError, Timeouts, Usage
from .keys import Secret
from .refusals import refused
from .text import Halves

DONE = "[DONE]"
CLOSING_S = 0.05
"""How long after the last word a server may take to end its reply: the connection is kept then."""


async def fill(
    http: httpx2.AsyncClient,
    url: str,
    key: Secret | None,
    body: dict[str, Any],
    timeouts: Timeouts,
) -> AsyncGenerator[Event, None]:
    """Stream what belongs at the place: Deltas, Usage, End. Raises ProviderError; `refused` also
    where the server has no such address."""
    headers = {"Authorization": f"Bearer {key.reveal()}"} if key is not None else {}
    halves, usage, reason, is_done = Halves(), Usage(), "", False
    clock = asyncio.get_running_loop().time
    deadline, patience = clock() + timeouts.total_s, timeouts.first_s
    lines = _lines(http, url, headers, body, key)
    try:
        async with aclosing(lines):
            while True:
                async with asyncio.timeout(max(0.0, min(patience, deadline - clock()))):
                    line = await anext(lines, None)
                if line is None:
                    break
                is_done = is_done or line == DONE
                patience = CLOSING_S if is_done else timeouts.idle_s
                text, told, ended = _read(line)
                if text := halves.fed(text):
                    yield Delta(text)
                usage, reason = told or usage, ended or reason
    except TimeoutError:
        if not is_done:
            raise ProviderError("timeout", "The provider did not answer in time.") from None
    except httpx2.ConnectError:
        raise ProviderError("overloaded", "The provider cannot be reached.") from None
    except httpx2.TransportError:
        raise ProviderError("cut", "The provider's reply broke off before its end.") from None
    if not (reason or is_done):
        raise ProviderError("cut", "The provider's reply broke off before its end.")
    if rest := halves.rest():
        yield Delta(rest)
    yield usage
    yield End(reason or "stop")


async def _lines(
    http: httpx2.AsyncClient,
    url: str,
    headers: dict[str, str],
    body: dict[str, Any],
    key: Secret | None,
) -> AsyncGenerator[str, None]:
    async with http.stream("POST", url, json=body, headers=headers) as response:
        if response.status_code != 200:
            await response.aread()
            raise refused(response, key)
        async for line in response.aiter_lines():
            if line.startswith("data:"):
                yield line[5:].strip()


def _read(line: str) -> tuple[str, Usage | None, str]:
    """The text of an event, what was used, and the reason of the end, where they are told."""
    if line == DONE:
        return "", None, ""
    try:
        said = json.loads(line)
        choice = (said.get("choices") or [{}])[0]
        text = choice.get("text") or (choice.get("delta") or {}).get("content") or ""
        used, reason = said.get("usage") or {}, choice.get("finish_reason") or ""
        counts = used.get("prompt_tokens") or 0, used.get("completion_tokens") or 0
    except (ValueError, AttributeError, TypeError, KeyError, IndexError):
        raise ProviderError("malformed", "The provider's reply cannot be understood.") from None
    if said.get("error") or not isinstance(text, str) or not isinstance(reason, str):
        raise ProviderError("malformed", "The provider's reply cannot be understood.")
    is_told = any(counts) and all(type(count) is int and count >= 0 for count in counts)
    return text, Usage(*counts) if is_told else None, reason
