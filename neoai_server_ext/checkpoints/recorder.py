"""When files become versions: an editor's saves now and then, everything else at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from .. import errors

Key = tuple[str, str]


class Recorder:
    """Calls `record(project id, paths, reason)` for what was saved.

    interval_s: of an editor's saves of one file, at most one is recorded in this time, in
    seconds; the last one always is. told: hears what is wrong, or nothing (`""`).
    """

    def __init__(
        self,
        record: Callable[[str, Sequence[str], str], Awaitable[None]],
        told: Callable[[str], None],
        interval_s: Callable[[], float],
    ) -> None:
        self._record = record
        self._told = told
        self._interval_s = interval_s
        self._at: dict[Key, float] = {}
        self._due: dict[Key, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def before(self, project_id: str, paths: Sequence[str], reason: str) -> None:
        """Record what is about to be changed; an editor's save (`save`) is let pass while the
        last version is young."""
        if reason == "save":
            limit = asyncio.get_running_loop().time() - self._interval_s()
            paths = [path for path in paths if self._at.get((project_id, path), 0.0) <= limit]
        if paths:
            await self._now(project_id, paths, reason)

    async def _now(self, project_id: str, paths: Sequence[str], reason: str) -> None:
        await self._record(project_id, paths, reason)
        now = asyncio.get_running_loop().time()
        for path in paths:
            self._at[project_id, path] = now

    def after(self, project_id: str, paths: Sequence[str], reason: str) -> None:
        """These were saved: to be recorded at once, or for an editor after the interval."""
        wait = self._interval_s() if reason == "save" else 0.0
        for path in paths:
            key = (project_id, path)
            if key not in self._due:
                loop = asyncio.get_running_loop()
                self._due[key] = loop.call_later(wait, self._begin, key)

    async def settle(self, project_id: str, paths: Sequence[str]) -> None:
        """Have everything recorded that is due of these files, and in these folders."""
        for owner, path in list(self._due):
            if owner == project_id and any(path == p or path.startswith(f"{p}/") for p in paths):
                self._begin((owner, path))
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _begin(self, key: Key) -> None:
        self._due.pop(key).cancel()
        task = asyncio.ensure_future(self._quietly(*key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, project_id: str, path: str) -> None:
        try:
            await self._now(project_id, [path], "save")
            self._told("")
        except errors.NotFound:
            pass
        except errors.NeoAIError as error:
            self._told(error.detail)

    async def stop(self) -> None:
        """Record what is still due."""
        for key in list(self._due):
            self._begin(key)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
