"""Brings an index up to date with the files of its folder.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .commits import CommitHistory
from .cutting import Wanted
from .scanning import Rules, Scan
from .store import Damaged, Known, Store, Totals, Writer
from .writing import (
    Cancelled,
    Changes,
    Progress,
    WriterEnded,
    write_apart,
    write_here,
)

ATTEMPTS = 3
"""Where the process that writes ends, what it has left is given to another, so many in all."""
MOST_FOLDERS = 64
"""Where more folders have changed, all are walked."""


@dataclass
class Updater:
    """Keeps the index of a folder; `folders` are those that its files may be in, as they were when
    all were walked last."""

    store: Store
    rules: Rules
    processes: int
    history: CommitHistory | None = None
    folders: frozenset[str] = frozenset()
    is_checked: bool = False
    """Whether the index has been read whole and was sound."""

    def update(
        self,
        progress: Progress,
        cancelled: Cancelled,
        folders: Collection[str] | None = None,
    ) -> Totals:
        """Bring the index up to date, with the files right in the `folders` alone where there are
        any, and of new ones below them; makes it anew where it is damaged.

        Raises FileNotFoundError where the folder is not there.
        """
        try:
            if not self.is_checked:
                self.store.file.check()
                self.is_checked = True
            return self._update(progress, cancelled, folders)
        except Damaged:
            self.store.file.delete(if_damaged=True)
            return self._update(progress, cancelled, None)

    def rebuild(self, progress: Progress, cancelled: Cancelled) -> Totals:
        """Make the index anew."""
        self.store.file.delete()
        return self._update(progress, cancelled, None)

    def _update(
        self, progress: Progress, cancelled: Cancelled, folders: Collection[str] | None
    ) -> Totals:
        with self.store.writing() as writer:
            if folders is None or len(folders) > MOST_FOLDERS or not self.folders:
                changes = self._all(writer, cancelled)
            else:
                changes = self._of(writer, folders)
            if changes is not None:
                self._write(writer, changes, progress, cancelled)
                if self.history is not None and not cancelled():
                    writer.learn(self.history, self.rules.root, cancelled)
            return writer.totals()

    def _all(self, writer: Writer, cancelled: Cancelled) -> Changes | None:
        found = Scan()
        for scan in self.rules.scan():
            found = scan
            if cancelled():
                return None
        self.folders = frozenset(found.folders)
        return _changes(writer.known(), found)

    def _of(self, writer: Writer, folders: Collection[str]) -> Changes:
        known: dict[str, Known] = {}
        found = Scan()
        for folder in sorted(self.folders.intersection(folders)):
            here = _last(self.rules.scan(folder, depth=1))
            inner = self.folders.intersection(here.folders[1:])
            known |= {
                path: one
                for path, one in writer.known(folder).items()
                if inner.isdisjoint(_above(path))
            }
            found.files |= here.files
            for new in set(here.folders[1:]) - self.folders:
                below = _last(self.rules.scan(new))
                found.files |= below.files
                found.folders.extend(below.folders)
        self.folders |= set(found.folders)
        return _changes(known, found)

    def _write(
        self, writer: Writer, changes: Changes, progress: Progress, cancelled: Cancelled
    ) -> None:
        if changes.are_few:
            write_here(writer, self.rules, changes, progress, cancelled)
            return
        for attempt in range(1, ATTEMPTS + 1):
            try:
                write_apart(
                    self.store.file.path,
                    self.rules,
                    changes,
                    self.processes,
                    progress,
                    cancelled,
                )
            except WriterEnded:
                if attempt == ATTEMPTS:
                    raise
                changes = changes.without(writer.known())
            else:
                return


def _last(scans: Iterator[Scan]) -> Scan:
    return deque(scans, maxlen=1).pop()


def _changes(known: dict[str, Known], found: Scan) -> Changes:
    before = {path: one.stamp for path, one in known.items()}
    changed = [path for path, stamp in found.files.items() if before.get(path) != stamp]
    return Changes(
        [Wanted(path, known[path].digest if path in known else None) for path in changed],
        sum(found.files[path][0] for path in changed),
        known.keys() - found.files.keys(),
    )


def _above(path: str) -> set[str]:
    """The folders that a path lies in, but for the root."""
    parts = path.split("/")[:-1]
    return {"/".join(parts[: count + 1]) for count in range(len(parts))}
