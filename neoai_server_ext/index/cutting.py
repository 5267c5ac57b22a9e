"""Reads and cuts files in processes of their own, so that the server's own never stutters.

Such a process answers each list of files on its standard input with what is kept of them on its
standard output, and ends with its input.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ..logs import logger
from .scanning import Rules
from .store import Known, Row, cut

AT_ONCE = 16
"""So many files are given to a process at a time; each has two such lists."""
NICE = 10
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

    def __init__(self, count: int) -> None:
        self._processes = [_started() for _ in range(count)]
        self._ended = 0

    def cut(self, rules: Rules, wanted: Sequence[Wanted]) -> Iterator[Cut]:
        """What is kept of each file, in order; raises ChildProcessError where the processes end
        again and again."""
        lists = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        waiting: deque[tuple[int, Sequence[Wanted]]] = deque()
        for number in range(len(lists) + 2 * len(self._processes)):
            if number < len(lists):
                slot = number % len(self._processes)
                _send(self._processes[slot], (rules, lists[number]))
                waiting.append((slot, lists[number]))
            if waiting and (len(waiting) == 2 * len(self._processes) or number >= len(lists)):
                yield from self._taken(rules, waiting)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()
            process.communicate()

    def _taken(self, rules: Rules, waiting: deque[tuple[int, Sequence[Wanted]]]) -> list[Cut]:
        """The answer that comes next; where its process has ended, each file is asked for alone."""
        slot, asked = waiting.popleft()
        try:
            return _received(self._processes[slot])
        except ChildProcessError:
            self._restart(slot)
        cuts = [self._alone(slot, rules, one) for one in asked]
        for other, later in waiting:
            if other == slot:
                _send(self._processes[slot], (rules, later))
        return cuts

    def _alone(self, slot: int, rules: Rules, one: Wanted) -> Cut:
        _send(self._processes[slot], (rules, [one]))
        try:
            (cut_,) = _received(self._processes[slot])
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
        self._processes[slot].communicate()
        if self._ended > MOST_ENDED:
            raise ChildProcessError("the processes that read the files end again and again")
        self._processes[slot] = _started()


@contextmanager
def cutters(count: int) -> Iterator[Cutters]:
    """Start so many processes; they end when this does, however it ends."""
    started = Cutters(count)
    try:
        yield started
    finally:
        started.close()


def _started() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", SERVE]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _send(process: subprocess.Popen[bytes], what: tuple[Rules, Sequence[Wanted]]) -> None:
    """Ask a process; that it has ended is seen when its answer is taken."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        pickle.dump(what, process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()


def _received(process: subprocess.Popen[bytes]) -> list[Cut]:
    assert process.stdout is not None
    try:
        found: list[Cut] = pickle.load(process.stdout)  # noqa: S301 - our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise ChildProcessError("a process that reads the files ended") from error
    return found


def serve() -> None:
    """Answer until the input ends."""
    os.nice(NICE)
    requests, replies = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            rules, wanted = pickle.load(requests)  # noqa: S301 - the server wrote it
        except EOFError:
            return
        pickle.dump([read_and_cut(rules, one) for one in wanted], replies, pickle.HIGHEST_PROTOCOL)
        replies.flush()
