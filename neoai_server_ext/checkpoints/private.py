"""Which files nobody but their owner may read: git keeps whether a file can be run, and no more.

What was private when it was kept last is private when it comes back to where nothing is.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from .store import Store, write_atomically

MOST = 10_000
"""How many paths are remembered; those noted longest ago are forgotten first."""
OTHERS = 0o077


class Private:
    """The paths of a store's private files, in a JSON file beside its objects. Blocks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._file = store.path / "private.json"

    def paths(self) -> dict[str, None]:
        """Them, those noted first before the others."""
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return dict.fromkeys(map(str, found)) if isinstance(found, list) else {}

    def note(self, root: Path, paths: Sequence[str], prefix: str = "") -> None:
        """Look at files that are being kept; `prefix` is what their paths below `root` lack."""
        if not paths:
            return
        with self._store.writing("versions"):
            before = self.paths()
            found = dict(before)
            for path in paths:
                try:
                    mode = os.lstat(root / path).st_mode
                except (OSError, ValueError):
                    continue
                if stat.S_ISREG(mode) and not mode & OTHERS:
                    found[prefix + path] = None
                else:
                    found.pop(prefix + path, None)
            if found != before:
                write_atomically(self._file, json.dumps(list(found)[-MOST:]).encode())
