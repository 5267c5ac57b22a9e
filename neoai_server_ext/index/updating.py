"""Brings an index up to date with the files of its folder.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import scanning
from .store import Damaged, Store, Totals, cut

BATCH = 200

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Updater:
    """The folder at `root`, and what is at most read of it."""

    store: Store
    root: Path
    max_file_bytes: int
    max_files: int

    def update(self, progress: Progress, cancelled: Cancelled) -> Totals:
        """Bring the index up to date with the files; makes it anew where it is damaged."""
        try:
            return self._update(progress, cancelled)
        except Damaged:
            self.store.delete()
            return self._update(progress, cancelled)

    def _update(self, progress: Progress, cancelled: Cancelled) -> Totals:
        with self.store.writing() as writer:
            known = writer.stamps()
            there = {}
            for path, stamp in scanning.files(self.root, self.max_file_bytes, self.max_files):
                if cancelled():
                    return writer.totals()
                there[path] = stamp
            writer.remove(path for path, stamp in known.items() if stamp != there.get(path))
            changed = [path for path, stamp in there.items() if known.get(path) != stamp]
            for i, path in enumerate(changed):
                if cancelled():
                    break
                if i % BATCH == 0:
                    writer.commit()
                    progress(i, len(changed))
                text = scanning.text(self.root, path, self.max_file_bytes)
                writer.add(path, there[path], cut(path, text))
            writer.commit()
            progress(len(changed), len(changed))
            return writer.totals()
