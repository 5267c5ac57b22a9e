"""A numbered log of events in memory; each reader follows it from where it left off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Event:
    """One event: its number in the log (from 1), its name, and its JSON payload."""

    id: int
    name: str
    data: Any


class EventLog:
    """Long work's events. `append` while it runs, `close` after its last event.

    capacity: how many events are kept; older ones are forgotten, so a reader that comes
    back after a longer absence goes on at the oldest one kept.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._events: list[Event] = []
        self._first = 1
        self._capacity = capacity
        self._closed = False
        self._changed = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the final event has been appended."""
        return self._closed

    def append(self, name: str, data: Any) -> Event:
        """Add an event and wake every reader."""
        if self._closed:
            raise RuntimeError("the log is closed")
        event = Event(self._first + len(self._events), name, data)
        self._events.append(event)
        if len(self._events) > self._capacity:
            dropped = len(self._events) - self._capacity
            del self._events[:dropped]
            self._first += dropped
        self._wake()
        return event

    def close(self) -> None:
        """End the log: readers finish once they have seen all of it."""
        self._closed = True
        self._wake()

    async def follow(self, after: int = 0) -> AsyncIterator[Event]:
        """Yield the events numbered above `after`, and new ones until the log is closed."""
        position = after
        while True:
            changed = self._changed
            start = max(0, position + 1 - self._first)
            pending = self._events[start:]
            for event in pending:
                position = event.id
                yield event
            if pending:
                continue
            if self._closed:
                return
            await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
