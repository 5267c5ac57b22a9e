"""The line of starts: in a storm so many at once, the others in turn, first come, first served."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import ClassVar

from traitlets import Float, Integer
from traitlets.config import LoggingConfigurable

from .account import failed

LOOK_EVERY = 1.0
"""Seconds from one word about the place in the line to the next."""
REMEMBERED = 20
KNOWN_FROM = 3
"""Turns that must have ended before anything is said of how long the next ones take."""
FIRST_PERCENT, LAST_PERCENT = 5, 19

Tell = Callable[[str, int], None]


@dataclass(order=True)
class Ticket:
    """A start's place: who asked first goes first, whenever it is ready to go."""

    number: int
    called: asyncio.Event = field(default_factory=asyncio.Event, compare=False)
    called_at: float = field(default=0.0, compare=False)


class StartQueue:
    """So many starts at once as the last one that waited allows. For one event loop."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._line: list[Ticket] = []
        self._going: list[Ticket] = []
        self._at_once = 1
        self._lasted: deque[float] = deque(maxlen=REMEMBERED)

    def ticket(self) -> Ticket:
        """A place for a start that has been asked for; it waits from `wait` on."""
        return Ticket(next(self._numbers))

    async def wait(self, ticket: Ticket, at_once: int, longest: float, tell: Tell) -> None:
        """Return when it is this start's turn, which it must `leave`; the place goes to `tell`.

        Raises SpawnException (503) after `longest` seconds. Who is cancelled has left the line.
        """
        self._at_once = at_once
        insort(self._line, ticket)
        self._call()
        try:
            async with asyncio.timeout(longest):
                await self._called(ticket, tell)
        except TimeoutError:
            place = self._place(ticket)
            self.leave(ticket)
            raise failed(f"{in_line(place)} That took too long: try again.", "queue") from None
        except BaseException:
            self.leave(ticket)
            raise

    def leave(self, ticket: Ticket) -> None:
        """Give the turn, or the place in the line, to whoever is next. Again changes nothing."""
        if ticket in self._line:
            self._line.remove(ticket)
        elif ticket in self._going:
            self._going.remove(ticket)
            self._lasted.append(time.monotonic() - ticket.called_at)
        self._call()

    def _call(self) -> None:
        while self._line and len(self._going) < self._at_once:
            ticket = self._line.pop(0)
            ticket.called_at = time.monotonic()
            self._going.append(ticket)
            ticket.called.set()

    async def _called(self, ticket: Ticket, tell: Tell) -> None:
        if ticket.called.is_set():
            return
        first = self._place(ticket)
        calling = asyncio.ensure_future(ticket.called.wait())
        try:
            while not ticket.called.is_set():
                place = self._place(ticket)
                span = LAST_PERCENT - FIRST_PERCENT
                percent = FIRST_PERCENT + max(0, span * (first - place) // first)
                tell(in_line(place, self._expected_s(place)), percent)
                await asyncio.wait({calling}, timeout=LOOK_EVERY)
        finally:
            calling.cancel()

    def _place(self, ticket: Ticket) -> int:
        return bisect_left(self._line, ticket) + 1

    def _expected_s(self, place: int) -> float | None:
        if len(self._lasted) < KNOWN_FROM:
            return None
        return median(self._lasted) * math.ceil(place / self._at_once)


class TakesTurns(LoggingConfigurable):
    """Stands before a spawner of JupyterHub, whose starts take turns with all others of the hub."""

    concurrent_spawns = Integer(
        20,
        min=1,
        help="""Servers that start at the same time in this hub; the others wait in line, with their
        place on the spawn page. Set it instead of JupyterHub.concurrent_spawn_limit, which refuses
        them.""",
    ).tag(config=True)

    turn_wait = Float(
        3600.0,
        help="""Seconds for which a start waits for its turn. They come on top of start_timeout.""",
    ).tag(config=True)

    _starts: ClassVar[StartQueue] = StartQueue()


def in_line(place: int, seconds: float | None = None) -> str:
    """The place in the line, as the spawn page says it."""
    text = f"Many servers are starting; you are number {place} in the line."
    if seconds is None:
        return text
    if seconds < 60:
        return f"{text} Yours starts in less than a minute."
    return f"{text} Yours starts in about {math.ceil(seconds / 60)} minutes."
