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
from contextlib import contextmanager
from dataclasses import dataclass

from .scanning import Rules
from .store import Known, Row, cut

AT_ONCE = 16
"""So many files are given to a process at a time; each has two such lists."""
NICE = 10


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
    return Cut(wanted.path, known, cut(wanted.path, content.text))


class Cutters:
    """So many processes that read and cut."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        self._processes = processes

    def cut(self, rules: Rules, wanted: Sequence[Wanted]) -> Iterator[Cut]:
        """What is kept of each file, in order; raises ChildProcessError where a process ends."""
        lists = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        waiting: deque[subprocess.Popen[bytes]] = deque()
        for number in range(len(lists) + 2 * len(self._processes)):
            if number < len(lists):
                process = self._processes[number % len(self._processes)]
                _send(process, (rules, lists[number]))
                waiting.append(process)
            if waiting and (len(waiting) == 2 * len(self._processes) or number >= len(lists)):
                yield from _received(waiting.popleft())


@contextmanager
def cutters(count: int) -> Iterator[Cutters]:
    """Start so many processes; they end when this does, however it ends."""
    processes = []
    try:
        for _ in range(count):
            processes.append(
                subprocess.Popen(
                    [sys.executable, "-c", f"from {__name__} import serve; serve()"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
        yield Cutters(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _send(process: subprocess.Popen[bytes], what: tuple[Rules, Sequence[Wanted]]) -> None:
    assert process.stdin is not None
    try:
        pickle.dump(what, process.stdin, pickle.HIGHEST_PROTOCOL)
        process.stdin.flush()
    except BrokenPipeError as error:
        raise ChildProcessError("a process that reads the files ended") from error


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
