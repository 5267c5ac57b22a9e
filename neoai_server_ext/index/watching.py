"""Tells which folders have changed, as the system reports it.

Each folder is watched by itself, so that those that are left out (`node_modules`) cost nothing.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from watchfiles import Change
from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from ..projects import ignore
from .scanning import parent

STEP_MS = 100
"""So often a waiting thread looks for news, and so long changes must have paused."""
GATHER_MS = 400
"""At the latest after so long, changes that go on are told of."""

AT_ONCE, PAUSE_S = 400, 0.02
"""So many folders are added to the system's watches at a time: no other thread runs meanwhile, for
some 20 ms. After them the others go first."""
MOST = 16
"""So many watches are had of the system at most: it has 128 for all programs of a user."""


class Unwatchable(Exception):
    """The folders cannot be watched, for the reason that it says."""


@dataclass(frozen=True)
class News:
    """The folders whose entries have changed; None where more may have than was told."""

    folders: frozenset[str] | None


class Watcher:
    """Watches the `folders` of a root, paths relative to it, until it is closed.

    told: called with news, in a thread of this watcher's. Raises Unwatchable.
    """

    def __init__(self, root: Path, folders: Collection[str], told: Callable[[News], None]) -> None:
        self.folders = frozenset(folders)
        self._root = f"{root}/"
        self._told = told
        self._stop = threading.Event()
        for notify in _notify([str(root / folder) for folder in sorted(folders)]):
            threading.Thread(
                target=self._run, args=[notify], name="neoai-index-watch", daemon=True
            ).start()

    def close(self) -> None:
        """Stop watching; what is being told is told to its end."""
        self._stop.set()

    def _run(self, notify: RustNotify) -> None:
        try:
            while True:
                found = notify.watch(GATHER_MS, STEP_MS, 0, self._stop)
                if isinstance(found, str):
                    return
                self._told(self._news(found))
        finally:
            notify.close()

    def _news(self, changes: Collection[tuple[int, str]]) -> News:
        folders = set()
        for change, path in changes:
            inner = path.removeprefix(self._root)
            if path == self._root.rstrip("/"):
                inner = ""
            if change != Change.modified and inner in self.folders:
                return News(None)  # it has to be watched anew
            if inner.rpartition("/")[2] in (ignore.FILE, ignore.OWN_FILE):
                return News(None)
            folders.add(parent(inner))
        return News(frozenset(folders))


def _notify(paths: list[str]) -> list[RustNotify]:
    there = [path for path in paths if os.access(path, os.R_OK)]
    made: list[RustNotify] = []
    at_once = max(AT_ONCE, ceil(len(there) / MOST))
    try:
        for at in range(0, len(there), at_once):
            time.sleep(PAUSE_S if at else 0)
            made.append(RustNotify(there[at : at + at_once], False, False, 0, False, False))
        return made
    except (OSError, WatchfilesRustInternalError) as error:
        for notify in made:
            notify.close()
        said = str(error)
        if "limit" in said or "(os error 28)" in said:
            said = "the limit of watched folders is reached (fs.inotify.max_user_watches)"
        elif "(os error 24)" in said:
            said = "too many programs watch folders (fs.inotify.max_user_instances)"
        raise Unwatchable(f"The folders cannot be watched: {said}.") from error
