"""The names of a project's files, for whoever looks for one by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from .. import tree
from .models import Paths

MAX_FILES = 500_000


def listing(root: str, known: str | None = None) -> Paths:
    """Every file of the project that is not ignored, folder by folder; blocks.

    Names that are not UTF-8 on disk are left out: they cannot be opened in an editor either.
    """
    folders: list[list[str]] = []
    digest = hashlib.blake2b(digest_size=12)
    count = 0
    for prefix, run, _ in tree.runs(root):
        names = list(_utf8(entry.name for entry in run if entry.is_file()))
        if not names or not _is_utf8(prefix):
            continue
        if folders and folders[-1][0] == prefix:
            folders[-1].extend(names)
        else:
            folders.append([prefix, *names])
        digest.update(json.dumps([prefix, *names]).encode())
        count += len(names)
        if count >= MAX_FILES:
            break
    stamp = digest.hexdigest()
    return Paths(
        stamp=stamp, folders=None if stamp == known else folders, truncated=count >= MAX_FILES
    )


def encoded(root: str, known: str | None = None) -> bytes:
    """As `listing`, as JSON: it is made in the thread that walks."""
    found = listing(root, known)
    return json.dumps(
        {"stamp": found.stamp, "folders": found.folders, "truncated": found.truncated},
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def _utf8(names: Iterable[str]) -> Iterable[str]:
    return (name for name in names if _is_utf8(name))


def _is_utf8(name: str) -> bool:
    if name.isascii():
        return True
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
