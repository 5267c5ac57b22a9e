"""Keeps the copies of stores on object storage up to date, a while after each change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .. import errors

AFTER_S = 5.0
RETRY_AFTER_S = 60.0


class Copies:
    """Calls `push(project id)` when nothing more has come for a while, and again after a failure.

    told: hears what is wrong, or nothing (`""`) once it is right again.
    """

    def __init__(
        self, push: Callable[[str], Awaitable[object]], told: Callable[[str], None]
    ) -> None:
        self._push = push
        self._told = told
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def soon(self, project_id: str, seconds: float = AFTER_S) -> None:
        """There is something new."""
        waiting = self._waiting.pop(project_id, None)
        if waiting is not None:
            waiting.cancel()
        loop = asyncio.get_running_loop()
        self._waiting[project_id] = loop.call_later(seconds, self._begin, project_id)

    def _begin(self, project_id: str) -> None:
        self._waiting.pop(project_id, None)
        task = asyncio.ensure_future(self._push_quietly(project_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _push_quietly(self, project_id: str) -> None:
        try:
            await self._push(project_id)
            self._told("")
        except errors.NotFound:
            pass
        except errors.NeoAIError as error:
            self._told(error.detail)
            self.soon(project_id, RETRY_AFTER_S)

    async def stop(self) -> None:
        """Let what is under way end; what is not sent yet waits on the disk."""
        for timer in self._waiting.values():
            timer.cancel()
        self._waiting.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
