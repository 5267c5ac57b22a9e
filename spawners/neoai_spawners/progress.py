"""What a start is doing now, told to whoever looks at its spawn page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any


class Progress:
    """The events of one start, kept for whoever opens the page late. For one event loop."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        self._percent = 0

    def tell(self, message: str, percent: int | None = None) -> None:
        """Add an event, unless it says what the last one said. The percentage never falls."""
        self._percent = max(self._percent, percent or 0)
        event = {"progress": self._percent, "message": message}
        if self._events and self._events[-1] == event:
            return
        self._events.append(event)
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Every event so far, then each as it comes; the reader stops when the start has ended."""
        seen = 0
        while True:
            while seen < len(self._events):
                yield dict(self._events[seen])
                seen += 1
            await self._changed.wait()
