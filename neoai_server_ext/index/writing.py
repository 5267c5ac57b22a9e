"""Writes into an index what has changed: here where it is little, else in a process of its own, so
that the server never stutters.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import cutting
from .cutting import Cut, Wanted, cutters, read_and_cut
from .scanning import Rules
from .store import Known, Store, Writer
from .workers import Worker, answer, orders

BATCH = 200
TOLD_EVERY = 20
MOST_HERE, MOST_BYTES_HERE = 64, 500_000
"""More than this is read and written by processes of their own; fewer files are done before one
has started."""
SERVE = f"from {__name__} import serve; serve()"

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class WriterEnded(ChildProcessError):
    """The process that writes has ended before it was done."""


@dataclass(frozen=True)
class Changes:
    """What has to be read, with the content that the index has of it, and what is gone."""

    wanted: Sequence[Wanted]
    bytes: int
    gone: Collection[str]

    def without(self, known: Mapping[str, Known]) -> Changes:
        """What is left of them where the index knows these files by now."""
        has = {path: one.digest for path, one in known.items()}
        left = [one for one in self.wanted if one.digest == has.get(one.path)]
        return replace(self, wanted=left, gone=[path for path in self.gone if path in known])

    @property
    def are_few(self) -> bool:
        """Whether a process for them would only begin when all could be done."""
        return len(self.wanted) <= MOST_HERE and self.bytes <= MOST_BYTES_HERE


@dataclass(frozen=True)
class Order:
    """What the process that writes is told first; `cutter` is what those run that it starts."""

    index: Path
    rules: Rules
    changes: Changes
    processes: int
    cutter: str


@dataclass(frozen=True)
class Outcome:
    """What it tells last."""

    error: Exception | None


def write_here(
    writer: Writer, rules: Rules, changes: Changes, progress: Progress, cancelled: Cancelled
) -> None:
    """Write the changes in this thread."""
    cuts = (read_and_cut(rules, wanted) for wanted in changes.wanted)
    _write(writer, cuts, changes, progress, cancelled)


def write_apart(
    index: Path,
    rules: Rules,
    changes: Changes,
    processes: int,
    progress: Progress,
    cancelled: Cancelled,
) -> None:
    """Write the changes in a process, which has so many others read and cut the files.

    Raises what is raised there, and WriterEnded: what it had written by then is in the index.
    """
    worker = Worker(SERVE)
    try:
        worker.tell(Order(index, rules, changes, processes, cutting.SERVE))
        is_told = False
        while not isinstance(said := _told(worker), Outcome):
            progress(*said)
            if cancelled() and not is_told:
                worker.tell(None)
                is_told = True
        if said.error is not None:
            raise said.error
    finally:
        worker.close()


def _told(worker: Worker) -> Any:
    try:
        return worker.told()
    except ChildProcessError as error:
        raise WriterEnded("the process that writes the index has ended") from error


def serve() -> None:
    """Do what is told first; whatever is told then, or the end of the input, ends it early."""
    waiting = orders()
    order: Order = next(waiting)
    cancelled = threading.Event()

    def listen() -> None:
        next(waiting, None)
        cancelled.set()

    threading.Thread(target=listen).start()
    try:
        answer(_outcome(order, cancelled))
    finally:
        # Whatever became of it: the server hears that there is nothing more, and lets this end.
        sys.stdout.close()


def _outcome(order: Order, cancelled: threading.Event) -> Outcome:
    try:
        with (
            Store(order.index).writing() as writer,
            cutters(order.processes, order.cutter) as started,
        ):
            cuts = started.cut(order.rules, order.changes.wanted)
            _write(writer, cuts, order.changes, _tell, cancelled.is_set)
    except Exception as error:
        return Outcome(error)
    return Outcome(None)


def _tell(done: int, total: int) -> None:
    answer((done, total))


def _write(
    writer: Writer,
    cuts: Iterable[Cut],
    changes: Changes,
    progress: Progress,
    cancelled: Cancelled,
) -> None:
    writer.remove(changes.gone)
    writer.commit()
    total = len(changes.wanted)
    progress(0, total)
    for done, cut in enumerate(cuts, 1):
        _put(writer, cut)
        if done % BATCH == 0:
            writer.commit()
        if done % TOLD_EVERY == 0:
            progress(done, total)
        if cancelled():
            break
    writer.commit()


def _put(writer: Writer, cut: Cut) -> None:
    if cut.known is None:
        writer.remove([cut.path])
    elif cut.rows is None:
        writer.touch(cut.path, cut.known.stamp)
    else:
        writer.put(cut.path, cut.known, cut.rows)
