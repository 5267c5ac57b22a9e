"""Reads and cuts files in processes of their own: it takes most of the time of indexing.

Such a process answers each list of files with what is kept of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..logs import logger
from .scanning import Rules
from .store import Known, Row, cut
from .workers import Worker, answer, orders

AT_ONCE = 16
"""So many files are given to a process at a time; each has two such lists."""
MOST_ENDED = 10
SERVE = f"from {__name__} import serve; serve()"

log = logger("index")


@dataclass(frozen=True)
class Wanted:
    """A file to be read, and the digest of what is in the index of it, if any."""

    path: str
    digest: bytes | None


@dataclass(frozen=True)
class Cut:
    """A file as it was read: `known` None where there is none to read; `rows` None where its
    content is the one that is in the index."""

    path: str
    known: Known | None
    rows: list[Row] | None


def read_and_cut(rules: Rules, wanted: Wanted) -> Cut:
    """What is kept of a file."""
    content = rules.read(wanted.path)
    if content is None:
        return Cut(wanted.path, None, None)
    known = Known(content.stamp, content.digest)
    if content.digest == wanted.digest:
        return Cut(wanted.path, known, None)
    return Cut(wanted.path, known, cut(wanted.path, content.text, content.language))


class Cutters:
    """So many processes that read and cut.

    One that ends, killed for its memory or by a fault in a grammar, is started again; a file that
    ends it once more is taken for one without text.
    """

    def __init__(self, count: int, code: str) -> None:
        self._code = code
        self._processes = [Worker(code) for _ in range(count)]
        self._ended = 0

    def cut(self, rules: Rules, wanted: Sequence[Wanted]) -> Iterator[Cut]:
        """What is kept of each file, in order; raises ChildProcessError where the processes end
        again and again."""
        lists = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        waiting: deque[tuple[int, Sequence[Wanted]]] = deque()
        for number in range(len(lists) + 2 * len(self._processes)):
            if number < len(lists):
                slot = number % len(self._processes)
                self._processes[slot].tell((rules, lists[number]))
                waiting.append((slot, lists[number]))
            if waiting and (len(waiting) == 2 * len(self._processes) or number >= len(lists)):
                yield from self._taken(rules, waiting)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()

    def _taken(self, rules: Rules, waiting: deque[tuple[int, Sequence[Wanted]]]) -> list[Cut]:
        """The answer that comes next; where its process has ended, each file is asked for alone."""
        slot, asked = waiting.popleft()
        try:
            return self._cuts(slot)
        except ChildProcessError:
            self._restart(slot)
        cuts = [self._alone(slot, rules, one) for one in asked]
        for other, later in waiting:
            if other == slot:
                self._processes[slot].tell((rules, later))
        return cuts

    def _alone(self, slot: int, rules: Rules, one: Wanted) -> Cut:
        self._processes[slot].tell((rules, [one]))
        try:
            (cut_,) = self._cuts(slot)
        except ChildProcessError:
            self._restart(slot)
            log.warning("a file cannot be cut, and is not searched: %s", one.path)
            content = rules.read(one.path)
            known = None if content is None else Known(content.stamp, content.digest)
            return Cut(one.path, known, [])
        return cut_

    def _restart(self, slot: int) -> None:
        self._ended += 1
        self._processes[slot].kill()
        if self._ended > MOST_ENDED:
            raise ChildProcessError("the processes that read the files end again and again")
        self._processes[slot] = Worker(self._code)

    def _cuts(self, slot: int) -> list[Cut]:
        found: list[Cut] = self._processes[slot].told()
        return found


@contextmanager
def cutters(count: int, code: str = SERVE) -> Iterator[Cutters]:
    """Start so many processes; they end when this does, however it ends."""
    started = Cutters(count, code)
    try:
        yield started
    finally:
        started.close()


def serve() -> None:
    """Answer until the input ends."""
    for rules, wanted in orders():
        answer([read_and_cut(rules, one) for one in wanted])
