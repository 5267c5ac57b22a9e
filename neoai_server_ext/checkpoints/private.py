"""Which files nobody but their owner may read: git keeps whether a file can be run, and no more.

What was private when it was kept last is private when it comes back to where nothing is.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
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
        self._paths = self._read()

    def _read(self) -> dict[str, None]:
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return dict.fromkeys(map(str, found)) if isinstance(found, list) else {}

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def note(self, root: Path, paths: Iterable[str], prefix: str = "") -> None:
        """Look at files that are being kept; `prefix` is what their paths below `root` lack."""
        with self._store.writing("versions"):
            before = self._read()
            self._paths = dict(before)
            for path in paths:
                try:
                    mode = os.lstat(root / path).st_mode
                except (OSError, ValueError):
                    continue
                if stat.S_ISREG(mode) and not mode & OTHERS:
                    self._paths[prefix + path] = None
                else:
                    self._paths.pop(prefix + path, None)
            if self._paths != before:
                write_atomically(self._file, json.dumps(list(self._paths)[-MOST:]).encode())
