"""One search of a project's text: a process whose findings are passed on as they come."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...events import Event
from .command import OURS, ripgrep
from .findings import Findings, Limits
from .patterns import Scope

T = TypeVar("T")


class TextSearch:
    """A search that has begun. `events` must be run to its end or closed.

    What the program finds is read and judged in a thread of the search's own: the event loop has
    no more of it than an event now and then.
    """

    def __init__(self, root: str, scope: Scope, limits: Limits) -> None:
        self._began = time.monotonic()
        self._findings = Findings(root, scope, limits)
        self._thread = ThreadPoolExecutor(1, "neoai-search")
        self._deadline = asyncio.get_running_loop().call_later(
            limits.seconds, self._findings.out_of_time
        )

    @classmethod
    async def begin(
        cls,
        root: str,
        pattern: str,
        *,
        case: bool,
        scope: Scope,
        limits: Limits,
        program: str | None,
    ) -> TextSearch:
        """Start the program and wait for its first words; raises Invalid (`bad-regex`)."""
        asked = None
        command: list[str] = [*OURS]
        if program is not None:
            command = await asyncio.to_thread(
                ripgrep, program, root, pattern, case=case, scope=scope, max_bytes=limits.file_bytes
            )
        else:
            asked = _asked(root, pattern, case, scope, limits.file_bytes)
        search = cls(root, scope, limits)
        try:
            await search._run(lambda: search._findings.start(command, asked))
        except BaseException:
            await search._end()
            raise
        return search

    async def events(self) -> AsyncIterator[Event]:
        """`files {items}` as they are found, and `end {files, matches, limited, seconds}`."""
        number = 0
        try:
            while not self._findings.finished:
                items = await self._run(self._findings.more)
                if items:
                    number += 1
                    yield Event(number, "files", {"items": items})
            seconds = round(time.monotonic() - self._began, 3)
            yield Event(number + 1, "end", {**self._findings.outcome, "seconds": seconds})
        finally:
            await self._end()

    async def _run(self, step: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step)

    async def _end(self) -> None:
        self._deadline.cancel()
        self._findings.kill()  # which ends the step that the thread may be in
        await asyncio.shield(self._run(self._findings.close))
        self._thread.shutdown(wait=False)


def _asked(root: str, pattern: str, case: bool, scope: Scope, max_bytes: int) -> bytes:
    """What our own program is told."""
    asked = {
        "root": root,
        "pattern": pattern,
        "case": case,
        "include": scope.include,
        "exclude": scope.exclude,
        "max_bytes": max_bytes,
    }
    return json.dumps(asked).encode()
