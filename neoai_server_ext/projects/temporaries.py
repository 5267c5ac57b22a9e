"""What grows beside its place until it is whole: its name, its lock, and the end of what was left.

A lock is held on it as long as the server that makes it lives. One that nobody holds was left by a
server that was killed: whoever lists the folder next removes it. Blocks.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TEMPORARY = ".~neoai-"
"""What every such name begins with."""
LEFT = re.compile(re.escape(TEMPORARY) + r"[0-9a-f]{16}\.tmp")
SETTLED_S = 60.0
"""From when on what nobody holds is left: before, its maker may be about to lock it."""
UNLOCKABLE_S = 86_400.0
"""The same on a disk that has no locks."""
OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def new_name() -> str:
    """A name that is shown to nobody and is in no checkpoint."""
    return f"{TEMPORARY}{secrets.token_hex(8)}.tmp"


def hold(path: Path) -> int:
    """Hold a file or folder, until the descriptor that comes back is closed."""
    descriptor = os.open(path, OPEN)
    lock(descriptor)
    return descriptor


def lock(descriptor: int) -> None:
    """Hold what is open; a disk that has no locks goes without."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file or folder for a block."""
    descriptor = hold(path)
    try:
        yield
    finally:
        os.close(descriptor)


def is_held(path: Path, *, unlockable: bool = False) -> bool:
    """Whether a server that lives holds it; `unlockable` where the disk has no locks."""
    try:
        descriptor = os.open(path, OPEN)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return unlockable
    finally:
        os.close(descriptor)
    return False


def sweep(folder: Path, names: Iterable[str]) -> None:
    """Remove those of a folder's entries that a killed server left; what fails stays."""
    for name in names:
        with suppress(OSError):
            if LEFT.fullmatch(name) and _is_left(folder / name):
                remove(folder / name)


def _is_left(path: Path) -> bool:
    found = path.lstat()
    age = time.time() - found.st_ctime
    if age < SETTLED_S:
        return False
    return stat.S_ISLNK(found.st_mode) or not is_held(path, unlockable=age < UNLOCKABLE_S)


def remove(path: Path) -> None:
    """Remove a file, link or folder with all that is in it; raises OSError."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
