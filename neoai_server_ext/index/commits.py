"""The history of the files: messages of the commits that touched each, and how lately it changed.

A query that is like a commit's message finds the files that the commit touched, under the names
that they have now. Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from . import words

MOST_COMMITS = 5_000
MOST_CHANGED = 30
"""A commit that touched more files says nothing of any of them."""
HALF_LIFE_S = 365 * 86_400
EPOCH_S = 1_000_000_000
"""From when changes are weighed: the weight of one doubles with every half-life after it."""
LATEST_S = 4_000_000_000
SIMILAR = 100
TRAILER = re.compile(r"(?im)^(?:signed-off-by|co-authored-by|reviewed-by|cc|change-id):.*$")
SCHEMA = """
CREATE TABLE IF NOT EXISTS history (head TEXT NOT NULL, newest INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS touched (path TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (path, id))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS touched_by ON touched (id);
CREATE TABLE IF NOT EXISTS changes (path TEXT PRIMARY KEY, weight REAL NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS messages USING fts5 (
    message, content='', tokenize='unicode61 remove_diacritics 2');
"""


@dataclass(frozen=True)
class Commit:
    """A commit: its time in seconds, the paths that it changed, relative to the folder and as they
    were after it, and the pairs of paths of what it renamed."""

    id: str
    time: int
    message: str
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()


class CommitHistory(Protocol):
    """What search needs to know of a folder's repository. Blocks."""

    def head(self, root: Path) -> str:
        """The commit that is checked out; empty where there is none."""

    def contains(self, root: Path, commit: str, head: str) -> bool:
        """Whether a commit is in the history of another."""

    def commits(self, root: Path, head: str, after: str, most: int) -> Iterator[Commit]:
        """The newest commits up to `head` and not up to `after`, the oldest first."""


def update(
    connection: sqlite3.Connection,
    history: CommitHistory,
    root: Path,
    cancelled: Callable[[], bool],
) -> bool:
    """Bring the history in an index up to date. Only new commits are read; where those that were
    read are not in the history any more (a rebase, another branch), all are read anew.

    Does not commit; False where it was cancelled on the way.
    """
    known, newest = connection.execute("SELECT head, newest FROM history").fetchone() or ("", 0)
    head = history.head(root)
    if head == known:
        return True
    if known and not (head and history.contains(root, known, head)):
        _forget(connection)
        known, newest = "", 0
    for commit in history.commits(root, head, known, MOST_COMMITS) if head else ():
        if cancelled():
            return False
        _add(connection, commit)
        newest = max(newest, commit.time)
    connection.execute("DELETE FROM history")
    connection.execute("INSERT INTO history VALUES (?, ?)", (head, newest))
    return True


def like(connection: sqlite3.Connection, terms: Sequence[str]) -> dict[str, float]:
    """The files of the commits whose messages have the most of these terms. Each commit votes with
    the square of its score, less for each of many files."""
    if not terms:
        return {}
    rows = connection.execute(
        "WITH best AS (SELECT rowid AS id, bm25(messages) AS score FROM messages"
        " WHERE messages MATCH ? ORDER BY score LIMIT ?)"
        " SELECT t.path, b.id, b.score FROM best b JOIN touched t ON t.id = b.id",
        (" OR ".join(f'"{term}"' for term in terms), SIMILAR),
    ).fetchall()
    size: dict[int, int] = defaultdict(int)
    for _, commit, _ in rows:
        size[commit] += 1
    found: dict[str, float] = defaultdict(float)
    for path, commit, score in rows:
        found[path] += score**2 / size[commit] ** 0.5
    return found


def activity(connection: sqlite3.Connection, paths: Iterable[str]) -> dict[str, float]:
    """How many changes these files saw, each counting half as much with every year before the
    newest commit."""
    row = connection.execute("SELECT newest FROM history").fetchone()
    if row is None:
        return {}
    now = _weight(row[0])
    found: dict[str, float] = {}
    for path in paths:
        weight = connection.execute("SELECT weight FROM changes WHERE path = ?", (path,)).fetchone()
        if weight is not None:
            found[path] = weight[0] / now
    return found


def _add(connection: sqlite3.Connection, commit: Commit) -> None:
    for old, new in commit.renamed:
        connection.execute("UPDATE OR IGNORE touched SET path = ? WHERE path = ?", (new, old))
        weight = connection.execute("SELECT weight FROM changes WHERE path = ?", (old,)).fetchone()
        if weight is not None:
            connection.execute("DELETE FROM changes WHERE path = ?", (old,))
            _changed(connection, new, weight[0])
    if not 0 < len(commit.changed) <= MOST_CHANGED:
        return
    terms = dict.fromkeys(words.telling(TRAILER.sub(" ", commit.message)))
    row = connection.execute(
        "INSERT INTO messages (message) VALUES (?)", (" ".join(terms),)
    ).lastrowid
    for path in dict.fromkeys(commit.changed):
        connection.execute("INSERT OR IGNORE INTO touched VALUES (?, ?)", (path, row))
        _changed(connection, path, _weight(commit.time))


def _changed(connection: sqlite3.Connection, path: str, weight: float) -> None:
    connection.execute(
        "INSERT INTO changes VALUES (?, ?)"
        " ON CONFLICT (path) DO UPDATE SET weight = weight + excluded.weight",
        (path, weight),
    )


def _weight(time: int) -> float:
    return float(2.0 ** ((min(time, LATEST_S) - EPOCH_S) / HALF_LIFE_S))


def _forget(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO messages (messages) VALUES ('delete-all')")
    for table in ("touched", "changes", "history"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608
