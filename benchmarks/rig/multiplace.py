"""Commits of real histories that changed many places which belong together."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from neoai_server_ext.grammars import language_of

LATEST = "--max-count=1500"
NAME = re.compile(r"[^\W\d]\w{2,}")
HEAD = re.compile(r"\b(?:def|function|func|fn|class)\s+(\w+)")


def git(repo: Path, *arguments: str) -> str:
    """What git says."""
    done = subprocess.run(["git", "-C", str(repo), *arguments], capture_output=True, check=True)
    return done.stdout.decode("utf-8", "replace")


@dataclass
class Hunk:
    """Lines of a file before the commit, and what it put in their place."""

    path: str
    start: int
    end: int
    lines: list[str]
    is_made: bool = False


@dataclass
class Commit:
    """A commit that changed many places."""

    repo: Path
    name: str
    before: dict[str, list[str]]
    hunks: list[Hunk]

    def text(self, path: str) -> str:
        """A file with what is made so far."""
        lines = list(self.before[path])
        for hunk in sorted(self.hunks, key=lambda h: -h.start):
            if hunk.path == path and hunk.is_made:
                lines[hunk.start : hunk.end] = hunk.lines
        return "".join(lines)

    def spans(self, path: str) -> Iterator[tuple[Hunk, int, int]]:
        """Where its hunks are now, in lines from 0."""
        moved = 0
        for hunk in sorted((h for h in self.hunks if h.path == path), key=lambda h: h.start):
            length = len(hunk.lines) if hunk.is_made else hunk.end - hunk.start
            yield hunk, hunk.start + moved, hunk.start + moved + length
            moved += length - (hunk.end - hunk.start)

    def now(self, path: str, row: int, *, is_made: bool = False) -> int | None:
        """Where a line from before is now; None where it was edited, but for is_made."""
        moved = 0
        for hunk in sorted((h for h in self.hunks if h.path == path), key=lambda h: h.start):
            if hunk.is_made and hunk.end <= row:
                moved += len(hunk.lines) - (hunk.end - hunk.start)
            elif hunk.is_made and hunk.start <= row and not is_made:
                return None
        return row + moved

    def then(self, path: str, row: int) -> int | None:
        """Where a line of now was before; None where it was edited."""
        spans = [span for span in self.spans(path) if span[0].is_made]
        if any(start <= row < end for _, start, end in spans):
            return None
        made = [hunk for hunk, _, end in spans if end <= row]
        return row - sum(len(h.lines) - (h.end - h.start) for h in made)

    @cached_property
    def parent(self) -> Tree:
        """The files before it."""
        return Tree(self.repo, f"{self.name}^", self)


@dataclass
class Tree:
    """The files of a commit's parent, with what was made of it since."""

    repo: Path
    revision: str
    commit: Commit
    _texts: dict[str, str] = field(default_factory=dict)
    _using: dict[str, list[str]] = field(default_factory=dict)

    def using(self, word: str) -> Iterable[str]:
        """By git's own search for words."""
        if word not in self._using:
            done = subprocess.run(
                ["git", "-C", str(self.repo), "grep", "-lwIF", "-e", word, self.revision],
                capture_output=True,
                check=False,
            )
            names = done.stdout.decode("utf-8", "replace").splitlines()
            self._using[word] = [name.partition(":")[2] for name in names]
        return self._using[word]

    def read(self, path: str) -> str | None:
        """As it is now."""
        if path in self.commit.before:
            return self.commit.text(path)
        if path not in self._texts:
            self._texts[path] = git(self.repo, "show", f"{self.revision}:{path}")
        return self._texts[path]


def commits(repo: Path, most: int) -> Iterator[Commit]:
    """The latest ones that changed places which belong together."""
    found = 0
    for name in candidates(repo):
        made = _commit(repo, name)
        first = first_of(made) if made is not None else None
        if made is not None and first is not None:
            made.hunks.remove(first)
            made.hunks.insert(0, first)
            yield made
            found += 1
            if found >= most:
                return


def candidates(repo: Path) -> list[str]:
    """The commits with as many places in as many source files, the latest first."""
    log = ("log", "--no-merges", "-p", "-U0", "--diff-filter=M", "--format=commit:%H", LATEST)
    files: dict[str, Counter[str]] = {}
    name = path = ""
    for line in git(repo, *log).splitlines():
        if line.startswith("commit:"):
            name = line[7:]
            files[name] = Counter()
        elif line.startswith("+++ b/"):
            path = line[6:]
        elif line.startswith("@@ ") and language_of(path) not in ("", "json"):
            files[name][path] += 1
    return [
        name
        for name, counts in files.items()
        if 1 <= len(counts) <= 8 and 3 <= counts.total() <= 30
    ]


def _commit(repo: Path, name: str) -> Commit | None:
    try:
        listed = git(repo, "diff-tree", "-r", "--diff-filter=M", "--name-only", f"{name}^", name)
    except subprocess.CalledProcessError:
        return None  # the first commit, or one at which the snapshot is cut off
    paths = [p for p in listed.splitlines() if language_of(p) not in ("", "json")]
    if not 1 <= len(paths) <= 8:
        return None
    before, hunks = {}, []
    for path in paths:
        old = git(repo, "show", f"{name}^:{path}").splitlines(keepends=True)
        new = git(repo, "show", f"{name}:{path}").splitlines(keepends=True)
        if len(old) * len(new) > 25_000_000:
            return None
        before[path] = old
        opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        hunks += [Hunk(path, i, j, new[k:m]) for tag, i, j, k, m in opcodes if tag != "equal"]
    return Commit(repo, name, before, hunks) if 3 <= len(hunks) <= 30 else None


def followers(commit: Commit) -> list[Hunk]:
    """The hunks that follow from one another, by words alone and no syntax."""
    words = {}
    for number, hunk in enumerate(commit.hunks):
        old = Counter(NAME.findall("".join(commit.before[hunk.path][hunk.start : hunk.end])))
        new = Counter(NAME.findall("".join(hunk.lines)))
        words[number] = (frozenset(old - new), frozenset(new - old), old, new)
    pairs = Counter((a, b) for gone, come, _, _ in words.values() for a in gone for b in come)
    swaps = {
        pair
        for pair, count in pairs.items()
        if count > 2
        or (count > 1 and any((pair[0] in g and len(g) == 1) for g, *_ in words.values()))
    }
    heads = set()
    for hunk in commit.hunks:
        old_text = "".join(commit.before[hunk.path][hunk.start : hunk.end])
        new_text = "".join(hunk.lines)
        heads |= set(HEAD.findall(old_text)) & set(HEAD.findall(new_text))
    return [
        hunk
        for number, hunk in enumerate(commit.hunks)
        if any(a in words[number][0] and b in words[number][1] for a, b in swaps)
        or heads & set(words[number][2]) & set(words[number][3])
    ]


def first_of(commit: Commit) -> Hunk | None:
    """Where one would begin; None where too few hunks follow from one another."""
    found = followers(commit)
    if len(found) < 3 or 2 * len(found) < len(commit.hunks):
        return None
    defining = (
        hunk
        for hunk in found
        if HEAD.search("".join(commit.before[hunk.path][hunk.start : hunk.end]))
    )
    return next(defining, found[0])
