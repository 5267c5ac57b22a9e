"""What in an index may answer a question: passages by their terms, files by their paths.

Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from . import passages

AFFORDABLE = 8_000
"""So many passages are looked at, those with the rarest terms: what FTS5 does in some 2 ms."""
MOST_KNOWN = 10_000
NAME, PLACE, SAID, TEXT = 3.0, 1.0, 1.0, 1.0
OF_KINDS = "JOIN passages q ON q.id = terms.rowid JOIN files g ON g.id = q.file"
IS_OF_KINDS = "AND g.kind IN (SELECT value FROM json_each(?))"
COLUMNS = "f.path, f.kind, p.start, p.end, p.symbol, p.defined, p.until, p.text, p.said, p.words"


@dataclass(frozen=True)
class Found:
    """A passage that may answer a question, and the terms of its comments and of its lines."""

    path: str
    kind: passages.Kind
    passage: passages.Passage
    said: str
    words: str


class Frequencies:
    """How many passages have a term. It takes the longer the more there are, and is remembered till
    passages are added; that none has it is not, since it would not be looked for then."""

    def __init__(self) -> None:
        self._size = 0
        self._known: dict[str, int] = {}

    def of(
        self, connection: sqlite3.Connection, terms: Iterable[str], total: int
    ) -> dict[str, int]:
        """Of each of the terms, among `total` passages."""
        if total != self._size or len(self._known) > MOST_KNOWN:
            self._size, self._known = total, {}
        known = self._known
        counts: dict[str, int] = {}
        for term in terms:
            count = known.get(term) or _frequency(connection, term)
            if count:
                known[term] = count
            counts[term] = count
        return counts


def _frequency(connection: sqlite3.Connection, term: str) -> int:
    row = connection.execute("SELECT doc FROM vocabulary WHERE term = ?", (term,)).fetchone()
    return int(row[0]) if row else 0


def size(connection: sqlite3.Connection) -> int:
    """How many passages there are, or were: none is counted twice."""
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])


def affordable(terms: Iterable[str], counts: Mapping[str, int]) -> list[str]:
    """The rarest of the terms that stand anywhere, as many as can be looked for quickly."""
    chosen: list[str] = []
    left = AFFORDABLE
    for term in sorted((term for term in terms if counts[term]), key=lambda term: counts[term]):
        if chosen and counts[term] > left:
            break
        chosen.append(term)
        left -= counts[term]
    return chosen


def by_terms(
    connection: sqlite3.Connection, terms: Sequence[str], kinds: Sequence[str], limit: int
) -> list[Found]:
    """The `limit` best passages that have any of the terms, among files of these kinds."""
    if not terms:
        return []
    # The best are found by their ids alone: sorting whole rows takes most of the time.
    all_kinds = set(kinds) >= set(get_args(passages.Kind))
    rows = connection.execute(
        "WITH best AS MATERIALIZED ("  # noqa: S608
        f"SELECT terms.rowid AS id, bm25(terms, {NAME}, {PLACE}, {SAID}, {TEXT}) AS score"
        f" FROM terms {'' if all_kinds else OF_KINDS} WHERE terms MATCH ?"
        f" {'' if all_kinds else IS_OF_KINDS} ORDER BY score LIMIT ?)"
        f" SELECT {COLUMNS} FROM best b JOIN passages p ON p.id = b.id"
        " JOIN files f ON f.id = p.file ORDER BY b.score, f.path, p.start",
        (_any_of(terms), *([] if all_kinds else [json.dumps(list(kinds))]), limit),
    )
    return [_found(*row) for row in rows]


def by_path(connection: sqlite3.Connection, terms: Sequence[str], limit: int) -> dict[str, float]:
    """The files whose paths have the most of the terms, and how much (BM25)."""
    if not terms:
        return {}
    rows = connection.execute(
        "WITH best AS (SELECT rowid AS id, bm25(paths) AS score FROM paths WHERE paths MATCH ?"
        " ORDER BY score LIMIT ?)"
        " SELECT f.path, -b.score FROM best b JOIN files f ON f.id = b.id",
        (_any_of(terms), limit),
    )
    return dict(rows.fetchall())


def of_files(
    connection: sqlite3.Connection, paths: Iterable[str], kinds: Iterable[str], most: int
) -> list[Found]:
    """The first `most` passages of each of these files, of these kinds."""
    ask = (
        f"SELECT {COLUMNS} FROM files f JOIN passages p ON p.file = f.id"  # noqa: S608
        " WHERE f.path = ? AND f.kind IN (SELECT value FROM json_each(?)) ORDER BY p.id LIMIT ?"
    )
    chosen = json.dumps(list(kinds))
    return [_found(*row) for path in paths for row in connection.execute(ask, (path, chosen, most))]


def _any_of(terms: Iterable[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)


def _found(path: str, kind: passages.Kind, *columns: object) -> Found:
    *passage, said, words = columns
    return Found(path, kind, passages.Passage(*passage), said, words)  # type: ignore[arg-type]
