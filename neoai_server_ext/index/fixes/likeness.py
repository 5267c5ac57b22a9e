"""Which of a few texts say most of what a question asks: FTS5 in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from .. import words

MOST = 4_000
"""Characters of a text that are looked at."""


def ranked(texts: Iterable[tuple[str, str]], query: str) -> list[int]:
    """The places of those of the texts (of an error, and of code) that have any word of the query,
    the best first. What the error says counts twice. Blocks."""
    asked = words.question(query[:MOST]).groups
    terms = [f'"{term}"' for group in asked for term, _ in group[:1]]
    if not terms:
        return []
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE VIRTUAL TABLE fixes USING fts5(error, code)")
        connection.executemany(
            "INSERT INTO fixes (rowid, error, code) VALUES (?, ?, ?)",
            ((i, *map(_split, pair)) for i, pair in enumerate(texts)),
        )
        found = connection.execute(
            "SELECT rowid FROM fixes WHERE fixes MATCH ? ORDER BY bm25(fixes, 2.0, 1.0), rowid",
            (" OR ".join(terms),),
        )
        return [row for (row,) in found]


def speaks_of(query: str, error: str, name: str) -> bool:
    """Whether a query in a person's words is about an error: it has its name in it, or words of
    which two or more, and at least half, are in what the error says. Blocks."""
    asked = {group[0][0] for group in words.question(query[:MOST]).groups}
    if asked & set(words.terms(name)[:1]):
        return True
    common = asked & set(words.split(error[:MOST]))
    return len(common) >= 2 and 2 * len(common) >= len(asked)


def _split(text: str) -> str:
    return " ".join(words.split(text[:MOST]))
