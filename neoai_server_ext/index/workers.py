"""Processes of our own that are told what to do on their standard input, and tell what they have
done on their standard output. They end with their input, and so with whoever started them."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

NICE = 10


class Worker:
    """Such a process, which runs `code`. Ctrl+C in the server's terminal is the server's alone, and
    modules are not looked for in the working folder: that may be a stranger's project."""

    def __init__(self, code: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def tell(self, what: object) -> None:
        """That it has ended is seen when its answer is taken."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            pickle.dump(what, self._process.stdin, pickle.HIGHEST_PROTOCOL)
            self._process.stdin.flush()

    def told(self) -> Any:
        """What it tells next; raises ChildProcessError where it has ended. Blocks."""
        assert self._process.stdout is not None
        try:
            return pickle.load(self._process.stdout)  # noqa: S301 - our own process wrote it
        except (EOFError, pickle.UnpicklingError) as error:
            raise ChildProcessError("a process that indexes files ended") from error

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.communicate()

    def close(self) -> None:
        """Let it end when it has done what it is doing."""
        self._process.communicate()


def orders() -> Iterator[Any]:
    """In such a process: what it is told, until its input ends. It lets the server go first."""
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    while True:
        try:
            order = pickle.load(sys.stdin.buffer)  # noqa: S301 - the server wrote it
        except EOFError:
            return
        yield order


def answer(what: object) -> None:
    """In such a process: tell."""
    pickle.dump(what, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    sys.stdout.buffer.flush()
