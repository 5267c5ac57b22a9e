"""Lets the vectors follow the index, one update at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ..store import Store
from .embedder import Embedder
from .semantic import Semantic


class Following:
    """The vectors of one index; lives on the event loop."""

    def __init__(self, store: Store, root: Path, embedder: Embedder) -> None:
        self.semantic = Semantic(store, root, embedder)
        self._task: asyncio.Task[None] | None = None
        self._is_stale = False
        self._is_off = False

    @property
    def running(self) -> bool:
        """Whether something is being embedded."""
        return self._task is not None and not self._task.done()

    def follow(self) -> None:
        """The index has changed: embed what is new, soon."""
        self._is_stale, self._is_off = True, False
        if not self.running:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End it; what was embedded stays."""
        self._is_off = True
        if self._task is not None:
            await asyncio.wait([self._task])
        self.semantic.close()

    async def _run(self) -> None:
        while self._is_stale and not self._is_off:
            self._is_stale = False
            await self.semantic.update(lambda: self._is_off)
