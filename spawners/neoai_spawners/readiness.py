"""Waiting for a server that has just been started to answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.25
LOOK_EVERY = 1.0


class Ended(Exception):
    """The server ended before it answered; its status as `poll` gives it."""

    def __init__(self, status: object) -> None:
        super().__init__(f"the server ended with status {status}")
        self.status = status


async def until_answered(
    url: str, poll: Callable[[], Awaitable[object]], longest: float
) -> aiohttp.ClientResponse:
    """What `url` answers, once that is anything below 500.

    JupyterHub waits longer from try to try, and so notices a server about a second after it could
    have; it does not notice one that has died. Raises Ended for that, TimeoutError after `longest`
    seconds.
    """
    pause = FIRST_PAUSE
    looked = time.monotonic()
    once = aiohttp.ClientTimeout(total=5)
    async with asyncio.timeout(longest), aiohttp.ClientSession(timeout=once) as session:
        while (reply := await _answer(session, url)) is None:
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                if (status := await poll()) is not None:
                    raise Ended(status)
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, LONGEST_PAUSE)
        return reply


async def _answer(session: aiohttp.ClientSession, url: str) -> aiohttp.ClientResponse | None:
    try:
        async with session.get(url, allow_redirects=False) as reply:
            return reply if reply.status < 500 else None
    except (aiohttp.ClientError, TimeoutError):
        return None


def known_to_answer(server: Any, reply: aiohttp.ClientResponse) -> None:
    """Have JupyterHub, which waits for this `Server` next, take the answer that there is already,
    instead of asking once more."""

    async def wait_up(**_: object) -> aiohttp.ClientResponse:
        del server.wait_up  # later ones ask again
        return reply

    server.wait_up = wait_up
