"""When somebody last did something here, and what keeps the server busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ..logs import logger

log = logger("session")

T = TypeVar("T")
Count = Callable[[], int]
Ago = Callable[[], float | None]


class Activity:
    """The registry of what counts as use. Features that run things on their own say so with `keep`:
    a server in which something runs is not idle."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock()
        self._busy: dict[str, Count] = {}
        self._sources: list[Ago] = []

    def touch(self) -> None:
        """Somebody does something now."""
        self._at = self._clock()

    def keep(self, kind: str, count: Count) -> None:
        """While `count` is not 0, the server is busy. kind: a plural, as admins name it in
        `culling.cull_busy`: `kernels`, `builds`, `agents`."""
        self._busy[kind] = count

    def watch(self, ago: Ago) -> None:
        """`ago`: how many seconds ago there was activity of another kind; None where never."""
        self._sources.append(ago)

    @property
    def idle_s(self) -> float:
        """Seconds since somebody last did something; what keeps the server busy apart."""
        known = [self._clock() - self._at]
        for ago in self._sources:
            seconds = _asked(ago, None)
            if seconds is not None:
                known.append(seconds)
        return max(0.0, min(known))

    @property
    def busy(self) -> dict[str, int]:
        """How many of each kind keep the server busy now."""
        counts = {kind: _asked(count, 0) for kind, count in self._busy.items()}
        return {kind: count for kind, count in counts.items() if count}


def _asked(ask: Callable[[], T], otherwise: T) -> T:
    """What cannot be told now keeps nothing from being told of the rest."""
    try:
        return ask()
    except Exception:
        log.exception("part of what keeps the server busy is not known")
        return otherwise
