"""The vectors of an index's passages, by what is in these: an SQLite file beside the index.

A passage that moves, or comes back with a branch, is not embedded again. The file is made anew
where it is damaged or of another embedder. Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..database import Damaged, IndexFile
from ..passages import Passage

if TYPE_CHECKING:
    import numpy

VERSION = 1
LONGEST = 4000
"""So many characters of a passage are embedded: some thousand tokens, which most models take."""
SPARE = 0.5
"""So many vectors without a passage are kept, of those that have one: branches come back."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS about (
    embedder TEXT NOT NULL, dimension INTEGER NOT NULL, saved TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, digest BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS places (
    path TEXT NOT NULL, start INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (path, start)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS places_of_id ON places (id);
"""
CHECK = "INSERT INTO files VALUES ('', '')"

CHUNK = 10_000

Chunk = tuple["numpy.ndarray", "numpy.ndarray"]
Place = tuple[str, int]
"""A passage's file, and its first line."""


class Lost(Exception):
    """The vectors were damaged, or are of another model: they must be made anew."""


@dataclass(frozen=True)
class Text:
    """What is embedded of a passage, known by its content."""

    id: int
    start: int
    text: str

    @classmethod
    def of(cls, path: str, passage: Passage) -> Text:
        """A passage with its file's name and its definition, which say what it is about."""
        text = f"{path} {passage.symbol}".strip() + f"\n{passage.text}"
        text = text[:LONGEST].encode("utf-8", "replace").decode()
        digest = hashlib.sha256(text.encode()).digest()
        return cls(int.from_bytes(digest[:8]) >> 1, passage.start, text)


class Kept:
    """The vectors in the file at `path`, made by the embedder of that name."""

    def __init__(self, path: Path, embedder: str) -> None:
        self.file = IndexFile(path, SCHEMA, VERSION, CHECK)
        self._embedder = embedder

    @property
    def dimension(self) -> int:
        """How many numbers a vector has; 0 while there is none."""
        with self._connected() as connection:
            return _dimension(connection)

    @property
    def saved(self) -> str:
        """What was noted of the file of the nearest; empty where it is of other vectors."""
        with self._connected() as connection:
            return str(connection.execute("SELECT saved FROM about").fetchone()[0])

    @saved.setter
    def saved(self, note: str) -> None:
        with self._connected() as connection:
            connection.execute("UPDATE about SET saved = ?", (note,))

    def stale(self, digests: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
        """Of the index's files those that hold something else now, and files that are gone."""
        with self._connected() as connection:
            known = dict(connection.execute("SELECT path, digest FROM files").fetchall())
        changed = [path for path, digest in digests.items() if known.get(path) != digest]
        return changed, [path for path in known if path not in digests]

    def missing(self, texts: Iterable[Text]) -> list[Text]:
        """Those that have no vector, each once."""
        wanted = {text.id: text for text in texts}
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT id FROM vectors WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(wanted)),),
            )
            for (identity,) in rows:
                del wanted[identity]
        return list(wanted.values())

    def put(
        self,
        files: Mapping[str, tuple[bytes, Sequence[Text]]],
        vectors: Mapping[int, Sequence[float]],
    ) -> None:
        """What is in these files now, with the vectors that were missing. Raises Lost where
        they have another dimension than those that are there: the model has changed."""
        import numpy

        with self._connected() as connection:
            dimension = _dimension(connection)
            for identity, vector in vectors.items():
                if dimension not in (0, len(vector)):
                    raise Lost(f"{len(vector)} numbers instead of {dimension}")
                dimension = len(vector)
                short = _unit(numpy.asarray(vector, numpy.float32)).astype(numpy.float16)
                connection.execute(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)", (identity, short.tobytes())
                )
            connection.execute("UPDATE about SET dimension = ?, saved = ''", (dimension,))
            for path, (digest, texts) in files.items():
                _remove(connection, [path])
                connection.executemany(
                    "INSERT OR REPLACE INTO places VALUES (?, ?, ?)",
                    [(path, text.start, text.id) for text in texts],
                )
                connection.execute("INSERT INTO files VALUES (?, ?)", (path, digest))

    def remove(self, paths: Sequence[str]) -> None:
        """Forget files; vectors of theirs are kept for a while."""
        if not paths:
            return
        with self._connected() as connection:
            _remove(connection, paths)
            connection.execute("UPDATE about SET saved = ''")

    def tidy(self) -> None:
        """Drop vectors that no passage has, where there are many."""
        unused = "FROM vectors WHERE NOT EXISTS (SELECT 1 FROM places p WHERE p.id = vectors.id)"
        with self._connected() as connection:
            spare = connection.execute(f"SELECT count(*) {unused}").fetchone()[0]
            places = connection.execute("SELECT count(*) FROM places").fetchone()[0]
            if spare > SPARE * places + 100:
                connection.execute(f"DELETE {unused}")

    def ids(self) -> set[int]:
        """The vectors that passages have."""
        with self._connected() as connection:
            return {row[0] for row in connection.execute("SELECT DISTINCT id FROM places")}

    def vectors(self, ids: Iterable[int] | None = None) -> Iterator[Chunk]:
        """Vectors that passages have, all or those with the `ids`, in chunks: ids, int64 (n,), and
        vectors of length 1, float32 (n, dimension). They come by their ids, which is no order."""
        import numpy

        where = "" if ids is None else "AND p.id IN (SELECT value FROM json_each(?))"
        given = () if ids is None else (json.dumps(list(ids)),)
        with self._connected() as connection:
            dimension = _dimension(connection)
            found = connection.execute(
                "SELECT DISTINCT p.id, v.vector FROM places p JOIN vectors v ON v.id = p.id"  # noqa: S608
                f" WHERE length(v.vector) = ? {where} ORDER BY p.id",
                (2 * dimension, *given),
            )
            while rows := found.fetchmany(CHUNK):
                flat = numpy.frombuffer(b"".join(row[1] for row in rows), numpy.float16)
                vectors = flat.astype(numpy.float32).reshape(len(rows), dimension)
                yield numpy.array([row[0] for row in rows], numpy.int64), vectors

    def places(self, ids: Sequence[int]) -> list[Place]:
        """Where the passages with these vectors stand, in the vectors' order."""
        with self._made_anew(), self.file.reading() as connection:
            rows = connection.execute(
                "SELECT p.path, p.start FROM json_each(?) j JOIN places p ON p.id = j.value"
                " ORDER BY j.key, p.path, p.start",
                (json.dumps(list(ids)),),
            ).fetchall()
        return [(path, start) for path, start in rows]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with self._made_anew(), self.file.connected(create=True) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")  # vectors cost money
            self._claim(connection)
            yield connection
            connection.commit()

    @contextmanager
    def _made_anew(self) -> Iterator[None]:
        """Remove a file that is damaged."""
        try:
            yield
        except Damaged as error:
            self.file.delete(if_damaged=True)
            raise Lost(str(error)) from error

    def _claim(self, connection: sqlite3.Connection) -> None:
        """Another embedder's vectors say nothing to this one."""
        about = connection.execute("SELECT embedder FROM about").fetchone()
        if about is None or about[0] != self._embedder:
            _empty(connection)
            connection.execute("INSERT INTO about VALUES (?, 0, '')", (self._embedder,))
            connection.commit()

    def clear(self) -> None:
        """Forget all vectors: the model has changed behind its name."""
        with self._connected() as connection:
            _empty(connection)


_TABLES = ("about", "vectors", "files", "places")


def _empty(connection: sqlite3.Connection) -> None:
    for table in _TABLES:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608


def _remove(connection: sqlite3.Connection, paths: Sequence[str]) -> None:
    connection.executemany("DELETE FROM places WHERE path = ?", [(path,) for path in paths])
    connection.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in paths])


def _dimension(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT dimension FROM about").fetchone()[0])


def _unit(vector: numpy.ndarray) -> numpy.ndarray:
    import numpy

    length = float(numpy.linalg.norm(vector))
    return vector / length if length > 0 else vector
