"""Waiting for a server that has just been started to answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import aiohttp

FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.25
LOOK_EVERY = 1.0


class Ended(Exception):
    """The server ended before it answered; its status as `poll` gives it."""

    def __init__(self, status: object) -> None:
        super().__init__(f"the server ended with status {status}")
        self.status = status


async def until_answered(url: str, poll: Callable[[], Awaitable[object]], longest: float) -> None:
    """Return when `url` answers with anything below 500.

    JupyterHub waits longer from try to try, and so notices a server about a second after it could
    have; it does not notice one that has died. Raises Ended for that, TimeoutError after `longest`
    seconds.
    """
    pause = FIRST_PAUSE
    looked = time.monotonic()
    once = aiohttp.ClientTimeout(total=5)
    async with asyncio.timeout(longest), aiohttp.ClientSession(timeout=once) as session:
        while not await _answers(session, url):
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                if (status := await poll()) is not None:
                    raise Ended(status)
            await asyncio.sleep(pause)
            pause = min(pause * 1.2, LONGEST_PAUSE)


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, allow_redirects=False) as reply:
            return reply.status < 500
    except (aiohttp.ClientError, TimeoutError):
        return False
