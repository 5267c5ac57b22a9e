"""Which files of a folder are searched, and what is read of each.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from .. import errors
from ..notebooks import sources
from ..projects import tree
from .store import Stamp

SKIPPED_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".venv",
        "venv",
        "node_modules",
        "__pycache__",
        "site-packages",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        ".tox",
        ".cache",
        ".local",
        ".Trash-0",
    }
)
_BINARY = """.chat .png .jpg .jpeg .gif .webp .ico .pdf .zip .gz .xz .bz2 .tar .whl .so .o .a .pyc
    .pyd .dll .exe .class .jar .woff .woff2 .ttf .otf .mp3 .mp4 .mov .avi .parquet .npy .npz .pt
    .pkl .h5 .db .sqlite .lock .map .bin"""
SKIPPED_SUFFIXES = frozenset(_BINARY.split())
SKIPPED_NAMES = frozenset({"package-lock.json", "yarn.lock", "pnpm-lock.yaml"})


def files(root: Path, max_file_bytes: int, max_files: int) -> Iterator[tuple[str, Stamp]]:
    """The files that are searched, in the tree's order."""
    found = 0
    for path, size, mtime in tree.walk(str(root)):
        if size > max_file_bytes or not _may_hold_text(path):
            continue
        found += 1
        if found > max_files:
            return
        yield path, (size, mtime)


def text(root: Path, path: str, max_file_bytes: int) -> str:
    """What is searched of a file: of a notebook its cells' sources, and no outputs."""
    try:
        return sources.as_text(path, _read(root / path, max_file_bytes))
    except errors.TooLarge:
        return ""


def _may_hold_text(path: str) -> bool:
    pure = PurePosixPath(path)
    if pure.name in SKIPPED_NAMES or pure.suffix.lower() in SKIPPED_SUFFIXES:
        return False
    if pure.name.endswith((".min.js", ".min.css")):
        return False
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return SKIPPED_FOLDERS.isdisjoint(pure.parts)


def _read(path: Path, limit: int) -> str:
    """A file's text; nothing where it is no regular file, no text, or gone in the meantime."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                raw = file.read(limit)
                if b"\0" not in raw[:8192]:
                    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
                    return text.replace("\r\n", "\n").replace("\r", "\n")
    return ""
