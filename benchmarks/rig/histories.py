"""Questions whose answers are known, from any git repository: a commit's message asks, the source
files that it changed are the answer, and the tree is the one before the first of those commits."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from neoai_server_ext.index import passages, words

_CODE = """.py .pyi .pyx .js .jsx .mjs .cjs .ts .tsx .vue .svelte .go .rs .java .kt .scala .c .h .cc
    .cpp .hpp .cs .rb .php .swift .lua .r .jl .sh .sql .html .css .scss"""
SUFFIXES = frozenset(_CODE.split())
MOST_CHANGED = 5
SEPARATOR = "\x1e"
FIELD = "\x1f"
FORMAT = f"--format={SEPARATOR}%H{FIELD}%P{FIELD}%B{FIELD}"

TRAILER = re.compile(r"(?im)^(?:signed-off-by|co-authored-by|reviewed-by|cc|closes|fixes):.*$")
ADDRESS = re.compile(r"https?://\S+|\S+@\S+\.\w+")
ISSUE = re.compile(r"(?i)\b(?:gh|pr|issue|bug)?[ -]?#\d+\b|\bgh-\d+\b")
HASH = re.compile(r"\b[0-9a-f]{7,40}\b")
FILE = re.compile(r"(?<![\w.])[\w./-]*\w\.(?:\w{1,5})\b(?!\()|[\w.-]+(?:/[\w.-]+)+")
_OTHER = "md rst txt ipynb json toml yml yaml cfg ini lock xml svg"
ENDS = {suffix.removeprefix(".") for suffix in SUFFIXES} | set(_OTHER.split())


@dataclass(frozen=True)
class Asked:
    """A commit as a question: its message, and the paths of the answer."""

    commit: str
    query: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class History:
    """The questions, and the commit whose tree they are asked of."""

    base: str
    asked: tuple[Asked, ...]


def is_source(path: str) -> bool:
    """Whether a path is of code, and neither of tests nor of documentation."""
    suffix = PurePosixPath(path).suffix.lower()
    return suffix in SUFFIXES and passages.kind_of(path) == "source"


def cleaned(message: str) -> str:
    """A message without trailers, addresses, issue numbers, hashes and names of files."""
    text = TRAILER.sub(" ", message)
    for pattern in (ADDRESS, ISSUE, HASH):
        text = pattern.sub(" ", text)
    return " ".join(FILE.sub(_unless_a_file, text).split())


def _unless_a_file(found: re.Match[str]) -> str:
    text = found[0]
    if "/" in text.strip("/") and text.count("/") > 1:
        return " "
    return " " if text.rpartition(".")[2].lower() in ENDS else text


def history(repository: Path, most: int) -> History:
    """The newest `most` commits that changed one to five source files, none of them a merge, and
    the parent of the oldest. What a commit adds is no answer, since it was not there to be found.
    """
    chosen: list[tuple[str, str, str, frozenset[str]]] = []
    for commit, parent, message, changed in _commits(repository):
        query = cleaned(message)
        source = frozenset(filter(is_source, changed))
        if parent and 1 <= len(source) <= MOST_CHANGED and any(words.question(query).groups):
            chosen.append((commit, parent, query, source))
        if len(chosen) == most:
            break
    if not chosen:
        raise SystemExit(f"{repository}: no commit changed one to five source files")
    base = chosen[-1][1]
    there = set(filter(is_source, tree(repository, base)))
    asked = [
        Asked(commit, query, source & there)
        for commit, _, query, source in reversed(chosen)
        if source & there
    ]
    return History(base, tuple(asked))


def tree(repository: Path, commit: str) -> list[str]:
    """The paths of a commit's files."""
    listed = git(repository, "ls-tree", "-r", "-z", "--name-only", commit)
    return [os.fsdecode(path) for path in listed.split(b"\0") if path]


def git(repository: Path, *arguments: str) -> bytes:
    """What git says; raises CalledProcessError."""
    return subprocess.run(
        ["git", "-C", repository, *arguments], check=True, stdout=subprocess.PIPE
    ).stdout


def _commits(repository: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Commit, first parent, message and changed paths, the newest first."""
    command = ["git", "-C", os.fspath(repository), "-c", "core.quotePath=false", "log"]
    command += [
        "--no-merges",
        "--no-renames",
        "--name-only",
        f"--format={SEPARATOR}%H{FIELD}%P{FIELD}%B{FIELD}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stdout is not None
        entry: list[str] = []
        for line in process.stdout:
            if line.startswith(SEPARATOR) and entry:
                yield _entry("".join(entry))
                entry = []
            entry.append(line)
        if entry:
            yield _entry("".join(entry))
        process.kill()


def _entry(text: str) -> tuple[str, str, str, list[str]]:
    commit, parents, message, changed = text.removeprefix(SEPARATOR).split(FIELD)
    return commit, parents.split(" ")[0], message, changed.split("\n")[1:]
