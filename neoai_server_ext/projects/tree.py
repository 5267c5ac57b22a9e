"""A project's tree: every folder's entries in order of name, each folder before its content."""

from __future__ import annotations

import json
import os
import stat
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import quote

from . import globs, ignore, temporaries
from .ignore import Level
from .temporaries import TEMPORARY

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
GIT = frozenset("".join(letters) for letters in product(".", "gG", "iI", "tT"))

FORMAT = 0o170000
OPEN_AT_ONCE = 64

Run = tuple[str, list["os.DirEntry[str]"], frozenset[str] | set[str]]
NOTHING: frozenset[str] = frozenset()

_Entering = tuple[str, list[str], bool]

_escape = json.encoder.encode_basestring


def walk(root: str, path: str = "", *, ignored: bool = False) -> Iterator[tuple[str, int, int]]:
    """Yield `(path, size in bytes, mtime in ns)` of each regular file that is not ignored.

    Paths are relative to `root`, with slashes. Blocks: run it in a thread.
    """
    for prefix, run, _ in runs(root, path, ignored=ignored):
        for entry in run:
            if entry.is_file(follow_symlinks=False):
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                yield prefix + entry.name, found.st_size, found.st_mtime_ns


def page(
    root: str,
    path: str = "",
    *,
    depth: int | None = None,
    glob: str | None = None,
    limit: int = 1000,
    after: str | None = None,
    ignored: bool = False,
    shown: str | None = None,
) -> tuple[list[str], str | None]:
    """One page as JSON objects `{path, kind, size, mtime}`, and the last path where more follow.

    With `ignored`, those that `.gitignore` leaves out are there too, with `"ignored":true`.

    `depth` counts folders below `path`, 1 for its own entries; `glob` keeps the entries that
    match, at any depth where it has no slash; `after` is the last path of the page before.
    `shown` stands for `path` in the items' paths, where that was reached through a symlink.
    Blocks: run it in a thread.
    """
    items: list[str] = []
    stamps: dict[int, str] = {}
    last = ""
    for prefix, run, left_out in runs(
        root, path, depth=depth, glob=glob, after=after, ignored=ignored
    ):
        label = prefix if shown is None else (shown + prefix[len(path) :]).lstrip("/")
        quoted = _quoted(label)
        for entry in run:
            if len(items) == limit:
                return items, last
            name = entry.name
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            seconds, nanoseconds = divmod(found.st_mtime_ns, 1_000_000_000)
            stamp = stamps.get(seconds)
            if stamp is None:
                stamp = stamps[seconds] = _stamp(seconds)
            mark = ',"ignored":true' if name in left_out else ""
            if found.st_mode & FORMAT == stat.S_IFREG and quoted is not None and name.isascii():
                items.append(
                    f'{{"path":"{quoted}{_escape(name)[1:-1]}","kind":"file",'
                    f'"size":{found.st_size},"mtime":"{stamp}.{nanoseconds // 1000:06d}Z"{mark}}}'
                )
            else:
                mtime = f"{stamp}.{nanoseconds // 1000:06d}Z"
                item = _item(root, prefix + name, label + name, found, mtime)
                items.append(f"{item[:-1]}{mark}}}")
            last = prefix + name
    return items, None


def _stamp(seconds: int) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    except (ValueError, OverflowError, OSError):
        return "1970-01-01T00:00:00"


def _quoted(text: str) -> str | None:
    """JSON's inside for a text; None where it is not UTF-8 on disk."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return _escape(text)[1:-1]


def _item(root: str, path: str, shown: str, found: os.stat_result, mtime: str) -> str:
    item: dict[str, object] = {"path": shown, "kind": "other", "size": None, "mtime": mtime}
    if stat.S_ISREG(found.st_mode):
        item.update(kind="file", size=found.st_size)
    elif stat.S_ISDIR(found.st_mode):
        item.update(kind="directory")
    elif stat.S_ISLNK(found.st_mode):
        item.update(kind="symlink", target=_target(root, path))
    if _quoted(shown) is None:
        raw = os.fsencode(shown)
        item.update(path=raw.decode("utf-8", "replace"), path_encoded=quote(raw))
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def _target(root: str, path: str) -> str:
    """What a symlink leads to: `file`, `directory`, `missing`, or `outside` the project."""
    real = os.path.realpath(f"{root}/{path}")
    if real != root and not real.startswith(root.rstrip("/") + "/"):
        return "outside"
    try:
        mode = Path(real).stat().st_mode
    except OSError:
        return "missing"
    return "directory" if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "other"


def runs(
    root: str,
    path: str = "",
    *,
    depth: int | None = None,
    glob: str | None = None,
    after: str | None = None,
    ignored: bool = False,
    without: Level | None = None,
) -> Iterator[Run]:
    """Yield the entries below `path` in the tree's order, as runs out of the same folder.

    A run is `(folder with a trailing slash or nothing, entries, the ignored names among them)`.
    A folder that cannot be read has no entries; one that goes away in the meantime neither. No
    symlink is followed. With `without`, what it or a `.neoaiignore` leaves out is not there.
    """
    level = _start(root, path)
    if level is None and not ignored:
        return
    if without is not None:
        without = _inside(without, root, path, ignore.OWN_FILE)
        if without is None:
            return
    prefix = f"{path}/" if path else ""
    wanted = Level().plus([ignore.Rule(globs.split(glob))]) if glob else None
    resume: list[str] = []
    if after is not None and after.startswith(prefix):
        resume = after[len(prefix) :].split("/")
    stack = [_Folder(root, prefix, level, wanted, resume, ignored, True, without)]
    try:
        while stack:
            folder = stack[-1]
            run, left_out, inner = folder.advance(len(stack) == depth)
            if run:
                yield folder.prefix, run, left_out
            if inner is None:
                stack.pop().close()
            else:
                stack.append(folder.enter(*inner, keep_open=len(stack) < OPEN_AT_ONCE))
    finally:
        for folder in stack:
            folder.close()


def _start(root: str, path: str) -> Level | None:
    """The level inside `path`; None where it is itself left out."""
    return _inside(ignore.level_at(root), root, path, ignore.FILE)


def _inside(level: Level, root: str, path: str, file: str) -> Level | None:
    folder = root
    for name in path.split("/") if path else ():
        level = level.plus(ignore.read(f"{folder}/{file}"))
        if level.matches(name, True):
            return None
        level = level.enter(name)
        folder = f"{folder}/{name}"
    return level


class _Folder:
    """A folder in the course of the walk: its entries in order, and how far it has come.

    `level` None: the folder itself is left out, and all that is in it.
    """

    def __init__(
        self,
        root: str,
        prefix: str,
        level: Level | None,
        wanted: Level | None,
        resume: list[str],
        ignored: bool,
        keep_open: bool,
        without: Level | None,
    ) -> None:
        self.prefix = prefix
        self._root = root
        self._wanted = wanted
        self._ignored = ignored
        self._resume = resume
        path = f"{root}/{prefix}"
        self._fd = -1
        self._entries: dict[str, os.DirEntry[str]] = {}
        with suppress(OSError):
            # Beneath an open folder a stat is cheaper, but only so many can be open at once.
            self._fd = os.open(path, FOLDER) if keep_open else -1
            with os.scandir(self._fd if keep_open else path) as found:
                self._entries = {entry.name: entry for entry in found}
        self._level = level
        if level is not None and ignore.FILE in self._entries:
            self._level = level.plus(ignore.read(path + ignore.FILE))
        self._without = without
        if without is not None and ignore.OWN_FILE in self._entries:
            self._without = without.plus(ignore.read(path + ignore.OWN_FILE))
        self._names = sorted(self._entries)
        self._position = bisect_left(self._names, resume[0]) if resume else 0
        self._temporaries: list[str] = []

    def close(self) -> None:
        """Nothing more is asked of its entries; what a killed server left among them goes."""
        if self._temporaries:
            temporaries.sweep(Path(self._root, self.prefix), self._temporaries)
            self._temporaries = []
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def advance(
        self, bottom: bool
    ) -> tuple[list[os.DirEntry[str]], frozenset[str] | set[str], _Entering | None]:
        """The entries up to and with the next folder to enter, the ignored names among them, and
        how to enter, if there is one."""
        run: list[os.DirEntry[str]] = []
        left_out: set[str] = set()
        add = run.append
        names, entries, wanted = self._names, self._entries, self._wanted
        without = self._without
        level = self._level or Level()
        literals, endings, others = level.names.literals, level.names.endings, level.names.others
        resume_at = self._resume[0] if self._resume else ""
        for position in range(self._position, len(names)):
            name = names[position]
            entry = entries[name]
            is_folder = entry.is_dir(follow_symlinks=False)
            if name[0] == "." and name in GIT:
                continue
            if name[0] == "." and name.startswith(TEMPORARY):
                self._temporaries.append(name)
                continue
            if self._level is None or (
                (
                    name in literals
                    or (endings and name.endswith(endings))
                    or (others is not None and others(name))
                )
                and level.matches(name, is_folder)
            ):
                if not self._ignored:
                    continue
                left_out.add(name)
            if without is not None and without.matches(name, is_folder):
                continue
            resuming = name == resume_at
            if not resuming and (wanted is None or wanted.matches(name, is_folder)):
                add(entry)
            if is_folder and not bottom:
                self._position = position + 1
                inner = (name, self._resume[1:] if resuming else [], name in left_out)
                return run, left_out or NOTHING, inner
        self._position = len(names)
        return run, left_out or NOTHING, None

    def enter(self, name: str, resume: list[str], is_left_out: bool, *, keep_open: bool) -> _Folder:
        """The folder below, at its beginning."""
        below = None if is_left_out or self._level is None else self._level.enter(name)
        return _Folder(
            self._root,
            f"{self.prefix}{name}/",
            below,
            self._wanted.enter(name) if self._wanted is not None else None,
            resume,
            self._ignored,
            keep_open,
            self._without.enter(name) if self._without is not None else None,
        )
