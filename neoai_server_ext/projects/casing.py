"""Disks that take `Name` and `name` for one (exFAT, macOS, Windows shares): what lies there has one
name all the same, the one that its folder lists."""

from __future__ import annotations

import os
import unicodedata
from contextlib import suppress


def folded(name: str) -> str:
    """The same for names that such a disk takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def listed(folder: str | int, name: str) -> str:
    """The name by which a folder lists what is found in it as `name`; `name` itself where
    nothing is."""
    with suppress(OSError):
        names = os.listdir(folder)  # noqa: PTH208
        if name not in names and _lies(folder, name):
            return next((other for other in names if folded(other) == folded(name)), name)
    return name


def _lies(folder: str | int, name: str) -> bool:
    if isinstance(folder, str):
        return os.path.lexists(f"{folder}/{name}")
    os.stat(name, dir_fd=folder, follow_symlinks=False)
    return True


def as_listed(root: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """The components of a path below `root` as their folders list them."""
    found: list[str] = []
    for part in parts:
        found.append(listed("/".join((root.rstrip("/"), *found)) or "/", part))
    return tuple(found)


def is_ignored_in(folder: str) -> bool:
    """Whether a folder's disk ignores case, as far as what lies in it shows."""
    with suppress(OSError):
        names = set(os.listdir(folder))  # noqa: PTH208
        for name in names:
            other = name.swapcase()
            if other not in names and folded(other) == folded(name):
                return os.path.lexists(f"{folder}/{other}")
    return False
