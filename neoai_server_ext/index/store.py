"""One project's index: an SQLite file that is made from the project's files and may be deleted.

Everything here blocks and belongs in a thread. A file that is damaged, or that another version
of this module wrote, is made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

from . import commits, passages, symbols, words
from .commits import CommitHistory
from .database import Damaged, IndexFile
from .finding import Frequencies
from .symbols import Symbol

__all__ = ["Damaged", "Known", "Row", "Stamp", "Store", "Totals", "Writer", "cut"]

VERSION = 9
"""Of the tables and of how files are cut: another one's index is made anew."""
MOST_SYMBOLS = 5000
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS files (
    id INTEGER PRIMARY KEY, path TEXT UNIQUE NOT NULL, size INTEGER NOT NULL,
    mtime INTEGER NOT NULL, kind TEXT NOT NULL, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY, file INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    symbol TEXT NOT NULL, defined INTEGER NOT NULL, until INTEGER NOT NULL, text TEXT NOT NULL,
    said TEXT NOT NULL, words TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS passages_of_file ON passages (file, start);
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5 (
    name, place, said, text, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (terms, 'row');
CREATE VIRTUAL TABLE IF NOT EXISTS paths USING fts5 (
    path, content='', tokenize='unicode61 remove_diacritics 2');
{commits.SCHEMA}"""
COLUMNS = [field.name for field in fields(passages.Passage)]
CHECK = "INSERT INTO terms (terms) VALUES ('integrity-check')"

Stamp = tuple[int, int]
"""A file's size in bytes and mtime in ns."""


@dataclass(frozen=True)
class Row:
    """A passage, and the terms by which it is found: of its own name, of the place where it stands,
    of what its author says of it (comments, docstrings) and of its text, line by line."""

    passage: passages.Passage
    name: str
    place: str
    said: str
    terms: str


@dataclass(frozen=True)
class Known:
    """A file of the index as it was when it was read."""

    stamp: Stamp
    digest: bytes


@dataclass(frozen=True)
class Totals:
    """How much is in an index; `bytes` is the size of the files in it."""

    files: int
    passages: int
    bytes: int


def cut(path: str, text: str, language: str = "") -> list[Row]:
    """All that is kept of a file's text. It takes most of the time of indexing.

    language: of a notebook's code.
    """
    return [
        Row(
            passage,
            *_names(path, passage.symbol),
            words.joined(passages.summary(passage)),
            words.joined(passage.text),
        )
        for passage in (passages.cut(path, text, language) if text else ())
    ]


class Writer:
    """Changes an index; what was not committed is not in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.commit = connection.commit

    def totals(self) -> Totals:
        """How much is in the index."""
        return _totals(self._connection)

    def known(self, folder: str = "") -> dict[str, Known]:
        """The files of the index in a folder, at any depth."""
        return _known(self._connection, folder)

    def learn(self, history: CommitHistory, root: Path, cancelled: Callable[[], bool]) -> None:
        """Bring the files' history up to date, all of it or nothing; commits."""
        if commits.update(self._connection, history, root, cancelled):
            self._connection.commit()
        else:
            self._connection.rollback()

    def touch(self, path: str, stamp: Stamp) -> None:
        """A file has the same content still."""
        self._connection.execute(
            "UPDATE files SET size = ?, mtime = ? WHERE path = ?", (*stamp, path)
        )

    def put(self, path: str, known: Known, rows: Sequence[Row]) -> None:
        """Index one file, which may be in the index; what is not text is remembered, so that it
        isn't read again."""
        self.remove([path])
        identity = self._connection.execute(
            "INSERT INTO files (path, size, mtime, kind, digest) VALUES (?, ?, ?, ?, ?)",
            (path, *known.stamp, passages.kind_of(path), known.digest),
        ).lastrowid
        self._connection.execute(
            "INSERT INTO paths (rowid, path) VALUES (?, ?)", (identity, words.joined(path))
        )
        (last,) = self._connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()
        numbered = list(enumerate(rows, last + 1))
        self._connection.executemany(
            f"INSERT INTO passages (id, file, {', '.join(COLUMNS)}, said, words)"  # noqa: S608
            f" VALUES (?, ?, {', '.join('?' * len(COLUMNS))}, ?, ?)",
            [
                (number, identity, *_columns(row.passage), row.said, row.terms)
                for number, row in numbered
            ],
        )
        self._connection.executemany(
            "INSERT INTO terms (rowid, name, place, said, text) VALUES (?, ?, ?, ?, ?)",
            [(number, row.name, row.place, row.said, row.terms) for number, row in numbered],
        )

    def remove(self, paths: Iterable[str]) -> None:
        """Forget files; those that are not in the index are left aside."""
        for path in paths:
            if not self._connection.in_transaction:
                # Before it is looked for: another server may be about to add it.
                self._connection.execute("BEGIN IMMEDIATE")
            found = self._connection.execute("SELECT id FROM files WHERE path = ?", (path,))
            for (identity,) in found.fetchall():
                self._remove(path, identity)

    def _remove(self, path: str, file: int) -> None:
        rows = self._connection.execute(
            "SELECT id, symbol, said, words FROM passages WHERE file = ?", (file,)
        )
        self._connection.executemany(
            "INSERT INTO terms (terms, rowid, name, place, said, text)"
            " VALUES ('delete', ?, ?, ?, ?, ?)",
            [(row, *_names(path, symbol), said, terms) for row, symbol, said, terms in rows],
        )
        self._connection.execute(
            "INSERT INTO paths (paths, rowid, path) VALUES ('delete', ?, ?)",
            (file, words.joined(path)),
        )
        self._connection.execute("DELETE FROM passages WHERE file = ?", (file,))
        self._connection.execute("DELETE FROM files WHERE id = ?", (file,))


class Store:
    """An index, kept in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.file = IndexFile(path, SCHEMA, VERSION, CHECK)
        self.frequencies = Frequencies()
        self._connected = self.file.connected

    def totals(self) -> Totals:
        """How much is in the index."""
        with self._connected() as connection:
            return _totals(connection)

    def symbols(self, query: str, limit: int) -> list[Symbol]:
        """The `limit` definitions whose names have what is typed best; where too few have it as it
        is, those that have its characters in this order too."""
        parts = symbols.typed(query)
        if not parts:
            return []
        with self._connected() as connection:
            found = _named(connection, [symbols.pattern(part) for part in parts])
            if len(found) < limit:
                found |= _named(connection, [symbols.pattern("".join(parts), loose=True)])
        return symbols.ordered(found, parts, limit)

    def known(self) -> dict[str, Known]:
        """The files of the index."""
        with self._connected() as connection:
            return _known(connection, "")

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

    def passages_at(
        self, places: Sequence[tuple[str, int]], kinds: Iterable[str]
    ) -> list[tuple[str, passages.Passage]]:
        """The passages that begin at these lines of files of these kinds, in the places' order;
        those that are no longer there are left out."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT f.path, p.start, p.end, p.symbol, p.defined, p.until, p.text"
                " FROM json_each(?) j JOIN files f ON f.path = j.value ->> 0"
                " JOIN passages p ON p.file = f.id AND p.start = j.value ->> 1"
                " WHERE f.kind IN (SELECT value FROM json_each(?)) ORDER BY j.key",
                (json.dumps(places), json.dumps(list(kinds))),
            ).fetchall()
        return [(path, passages.Passage(*columns)) for path, *columns in rows]

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Ask the index, and fetch all that is found; raises Damaged."""
        with self.file.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Change the index, which is made where there is none; raises Damaged."""
        with self._connected(create=True) as connection:
            yield Writer(connection)


def _named(connection: sqlite3.Connection, patterns: list[str]) -> set[Symbol]:
    """Definitions whose names are like all of the patterns, source first where there are many."""
    like = " AND ".join([r"p.symbol LIKE ? ESCAPE '\'"] * len(patterns))
    rows = connection.execute(
        "SELECT DISTINCT p.symbol, f.path, p.defined, f.kind"  # noqa: S608
        f" FROM passages p JOIN files f ON f.id = p.file WHERE p.symbol <> '' AND {like}"
        " ORDER BY f.kind <> 'source', length(p.symbol) LIMIT ?",
        (*patterns, MOST_SYMBOLS),
    )
    return {Symbol(*row) for row in rows}


_columns = attrgetter(*COLUMNS)


def _names(path: str, symbol: str) -> tuple[str, str]:
    """The terms of a definition's own name, and of the place where it stands."""
    scope, _, name = symbol.rpartition(".")
    return words.joined(name), words.joined(f"{path} {scope}")


def _totals(connection: sqlite3.Connection) -> Totals:
    files, size = connection.execute(
        "SELECT count(*), coalesce(sum(size), 0) FROM files"
    ).fetchone()
    return Totals(files, connection.execute("SELECT count(*) FROM passages").fetchone()[0], size)


def _known(connection: sqlite3.Connection, folder: str) -> dict[str, Known]:
    within, of = (" WHERE path >= ? AND path < ?", (f"{folder}/", f"{folder}0"))
    rows = connection.execute(
        f"SELECT path, size, mtime, digest FROM files{within if folder else ''}",  # noqa: S608
        of if folder else (),
    )
    return {path: Known((size, mtime), digest) for path, size, mtime, digest in rows}
