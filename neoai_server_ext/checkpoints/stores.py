"""Where each project's store is, and whose a store is that nobody claims."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

from .. import errors
from .cipher import Cipher
from .store import Store, meanings


class Stores:
    """The stores under one folder, by project id. Blocks: call it in a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, Store] = {}
        self._lock = threading.Lock()

    def open(
        self, project_id: str, root: Path, known: set[str], cipher: Cipher | None
    ) -> tuple[Store, bool]:
        """A project's store, and whether it was opened just now.

        A project that was moved or registered again has another id: it gets the store of the
        folder that it is, if that belongs to none of the `known` projects.
        """
        with self._lock:
            found = self._open.get(project_id)
            if found is not None and found.exists:
                return found, False
            with meanings():
                path = self._folder / project_id
                whose = _origin(project_id, root)
                if not path.exists():
                    self._adopt(path, whose, known)
                store = self._usable(path, whose, cipher)
            self._open[project_id] = store
            return store, True

    def is_open(self, project_id: str) -> bool:
        """Whether `open` gives a store that it has given before."""
        found = self._open.get(project_id)
        return found is not None and found.exists

    def _usable(self, path: Path, whose: dict[str, Any], cipher: Cipher | None) -> Store:
        store = Store(path, cipher)
        try:
            store.open(whose)
        except errors.Unavailable as error:
            if error.code != "store-damaged":
                raise
            store.set_aside()
            store = Store(path, cipher)
            store.open(whose)
        return store

    def _adopt(self, path: Path, whose: dict[str, Any], known: set[str]) -> None:
        if not self._folder.is_dir():
            return
        for orphan in self._folder.iterdir():
            if orphan.name in known or "." in orphan.name:
                continue
            origin = Store(orphan).origin()
            if all(origin.get(key) == whose[key] for key in ("device", "inode")):
                orphan.rename(path)
                return


def _origin(project_id: str, root: Path) -> dict[str, Any]:
    found = root.stat()
    return {
        "project": project_id,
        "location": str(root),
        "device": found.st_dev,
        "inode": found.st_ino,
    }


def read_regular(folder: int, name: str, limit: int) -> bytes | None:
    """A regular file's content, if it has at most `limit` bytes."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        content = file.read(limit + 1)
        return content if len(content) <= limit else None
