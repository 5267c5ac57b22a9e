"""One project's index: an SQLite file that is made from the project's files and may be deleted.

Everything here blocks and belongs in a thread. A file that is damaged, or that another version
of this module wrote, is made anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath

from .. import errors
from ..notebooks import sources
from ..projects import tree
from . import passages, words

VERSION = 2
BATCH = 200
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

SCHEMA = f"""
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, kind TEXT NOT NULL);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    symbol TEXT NOT NULL, defined INTEGER NOT NULL, until INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX passages_of_file ON passages (file);
CREATE VIRTUAL TABLE terms USING fts5 (
    name, place, text, content='', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (terms, 'row');
PRAGMA user_version = {VERSION};
"""

Stamp = tuple[int, int]
"""A file's size in bytes and mtime in ns."""
Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Found:
    """A passage that shares terms with a question."""

    path: str
    kind: passages.Kind
    passage: passages.Passage


@dataclass(frozen=True)
class Totals:
    """How much is in an index; `bytes` is the size of the files in it."""

    files: int
    passages: int
    bytes: int


class Store:
    """The index of the files below `root`, kept in the file at `path`."""

    def __init__(self, path: Path, root: Path, *, max_file_bytes: int, max_files: int) -> None:
        self.path = path
        self.root = root
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files

    @property
    def exists(self) -> bool:
        """Whether there is an index at all."""
        return self.path.exists()

    def delete(self) -> None:
        """Remove the index from the disk."""
        for suffix in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def update(self, progress: Progress, cancelled: Cancelled) -> Totals:
        """Bring the index up to date with the files; makes it anew where it is damaged."""
        try:
            return self._update(progress, cancelled)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not _damaged(error):
                raise
            self.delete()
            return self._update(progress, cancelled)

    def totals(self) -> Totals:
        """How much is in the index."""
        with self._connected() as connection:
            return _totals(connection)

    def find(self, terms: list[str], kinds: Iterable[str], limit: int) -> list[Found]:
        """The `limit` best passages that have any of the terms, among files of these kinds."""
        if not terms:
            return []
        query = " OR ".join(f'"{term}"' for term in terms)
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT f.path, f.kind, p.start, p.end, p.symbol, p.defined, p.until, p.text"
                " FROM terms JOIN passages p ON p.id = terms.rowid JOIN files f ON f.id = p.file"
                " WHERE terms MATCH ? AND f.kind IN (SELECT value FROM json_each(?))"
                " ORDER BY bm25(terms, 3.0, 1.0, 1.0), f.path, p.start LIMIT ?",
                (query, json.dumps(list(kinds)), limit),
            ).fetchall()
        return [Found(path, kind, passages.Passage(*columns)) for path, kind, *columns in rows]

    def stamps(self) -> dict[str, Stamp]:
        """The files of the index, as they were when they were read."""
        with self._connected() as connection:
            rows = connection.execute("SELECT path, size, mtime FROM files").fetchall()
        return {path: (size, mtime) for path, size, mtime in rows}

    def passages_of(self, paths: Iterable[str]) -> Iterator[tuple[str, list[passages.Passage]]]:
        """The passages of these files, file by file; those without any are left out."""
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT f.path, p.start, p.end, p.symbol, p.defined, p.until, p.text"
                " FROM files f JOIN passages p ON p.file = f.id"
                " WHERE f.path IN (SELECT value FROM json_each(?)) ORDER BY p.file, p.start",
                (json.dumps(list(paths)),),
            )
            for path, group in groupby(rows, key=itemgetter(0)):
                yield path, [passages.Passage(*columns) for _, *columns in group]

    def frequencies(self, terms: Iterable[str]) -> tuple[int, dict[str, int]]:
        """How many passages there are, and how many have each of the terms."""
        with self._connected() as connection:
            total = connection.execute("SELECT count(*) FROM passages").fetchone()[0]
            counts = {
                term: (
                    connection.execute(
                        "SELECT doc FROM vocabulary WHERE term = ?", (term,)
                    ).fetchone()
                    or (0,)
                )[0]
                for term in terms
            }
        return total, counts

    def _update(self, progress: Progress, cancelled: Cancelled) -> Totals:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._connected(create=True) as connection:
            known = {
                path: (identity, size, mtime)
                for identity, path, size, mtime in connection.execute(
                    "SELECT id, path, size, mtime FROM files"
                )
            }
            there: dict[str, tuple[int, int]] = {}
            for path, size, mtime in self._candidates():
                if cancelled():
                    return _totals(connection)
                there[path] = (size, mtime)
            gone = [known[path][0] for path in known if known[path][1:] != there.get(path)]
            changed = [path for path, stamp in there.items() if known.get(path, ())[1:] != stamp]
            for identity in gone:
                _remove(connection, identity)
            connection.commit()
            for i, path in enumerate(changed):
                if cancelled():
                    break
                if i % BATCH == 0:
                    connection.commit()
                    progress(i, len(changed))
                self._add(connection, path, there[path])
            connection.commit()
            progress(len(changed), len(changed))
            return _totals(connection)

    def _candidates(self) -> Iterator[tuple[str, int, int]]:
        found = 0
        for path, size, mtime in tree.walk(str(self.root)):
            if size > self._max_file_bytes or not _may_hold_text(path):
                continue
            found += 1
            if found > self._max_files:
                return
            yield path, size, mtime

    def _add(self, connection: sqlite3.Connection, path: str, stamp: tuple[int, int]) -> None:
        """Index one file; what is not text is remembered, so that it isn't read again."""
        kind = passages.kind_of(path)
        identity = connection.execute(
            "INSERT INTO files (path, size, mtime, kind) VALUES (?, ?, ?, ?)", (path, *stamp, kind)
        ).lastrowid
        text = self._text(path)
        for passage in passages.cut(path, text) if text else ():
            row = connection.execute(
                "INSERT INTO passages (file, start, end, symbol, defined, until, text)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (identity, *astuple(passage)),
            ).lastrowid
            connection.execute(
                "INSERT INTO terms (rowid, name, place, text) VALUES (?, ?, ?, ?)",
                (row, *_columns(path, passage.symbol, passage.text)),
            )

    def _text(self, path: str) -> str:
        """What is searched of a file: of a notebook its cells' sources, and no outputs."""
        try:
            return sources.as_text(path, _read(self.root / path, self._max_file_bytes))
        except errors.TooLarge:
            return ""

    @contextmanager
    def _connected(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=30)
        try:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                if version or not create:
                    raise sqlite3.DatabaseError("the index is of another version")
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(SCHEMA)
            connection.execute("PRAGMA synchronous = OFF")
            yield connection
        finally:
            connection.close()


def _remove(connection: sqlite3.Connection, file: int) -> None:
    path = connection.execute("SELECT path FROM files WHERE id = ?", (file,)).fetchone()[0]
    rows = connection.execute("SELECT id, symbol, text FROM passages WHERE file = ?", (file,))
    connection.executemany(
        "INSERT INTO terms (terms, rowid, name, place, text) VALUES ('delete', ?, ?, ?, ?)",
        [(row, *_columns(path, symbol, text)) for row, symbol, text in rows],
    )
    connection.execute("DELETE FROM passages WHERE file = ?", (file,))
    connection.execute("DELETE FROM files WHERE id = ?", (file,))


def _columns(path: str, symbol: str, text: str) -> tuple[str, str, str]:
    scope, _, name = symbol.rpartition(".")
    return _joined(name), _joined(f"{path} {scope}"), _joined(text)


def _joined(text: str) -> str:
    return " ".join(words.split(text))


def _totals(connection: sqlite3.Connection) -> Totals:
    files, size = connection.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM files"
    ).fetchone()
    return Totals(files, connection.execute("SELECT count(*) FROM passages").fetchone()[0], size)


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


def _damaged(error: sqlite3.OperationalError) -> bool:
    said = str(error).lower()
    return "no such table" in said or "malformed" in said or "disk i/o" in said
