"""Next edits over the histories of real repositories: what is offered of a commit's places?

    python benchmarks/next_edit.py --repo PATH [--repo PATH …] [--commits 50]

A commit counts that changed 3 to 30 places (hunks) in 1 to 8 source files, at least half of which
follow from one another: they have the same words taken out and put in, or call a function whose
head another changes. That is told by words alone, without any syntax of ours. Replayed as one would
work: first the hunk among these that has a definition, else the first; then the places are asked
for. What is offered within a hunk that the commit has is accepted (all of that hunk is made); where
nothing right is offered the next hunk is made by hand. All else that was offered counts as wrong.

hit rate: of the hunks after the first those that were offered. precision: of the offers those in a
hunk of the commit. exact: of the right offers that need no model those whose text is the commit's.
Beside it a rename by word: an identifier that became another is offered wherever it is a word.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from neoai_server_ext.ai.nextedit import renames
from neoai_server_ext.ai.nextedit.edits import Change, change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look, Place
from neoai_server_ext.ai.nextedit.source import Source
from neoai_server_ext.grammars import language_of

SECONDS = 1.5
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


@dataclass
class Score:
    """What became of the offers."""

    wanted: int = 0
    hits: int = 0
    offers: int = 0
    right: int = 0
    filled: int = 0
    exact: int = 0
    seconds: list[float] = field(default_factory=list)

    def row(self, name: str) -> str:
        """A line of the table."""
        times = sorted(self.seconds) or [0.0]
        return (
            f"{name:34} {self.hits:5}/{self.wanted:<5} {_share(self.hits, self.wanted)}"
            f" {self.offers:7} {_share(self.right, self.offers)} {_share(self.exact, self.filled)}"
            f" {1000 * times[len(times) // 2]:8.0f} {1000 * times[int(len(times) * 0.95)]:8.0f}"
        )

    def add(self, other: Score) -> None:
        """Sum up."""
        for name in ("wanted", "hits", "offers", "right", "filled", "exact"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds += other.seconds


def _share(part: int, whole: int) -> str:
    return f"{part / whole:7.1%}" if whole else "      -"


Finder = Callable[[list[Change], Look], list[Place]]


def by_word(changes: list[Change], look: Look) -> list[Place]:
    """The peer: identifiers that became others, wherever they stand as words; in all the time that
    it needs."""
    found = []
    look = Look(look.files, 600, sources=look.sources)
    for made in changes:
        for each in renames.renamed(made):
            files = [(c.path, c.after) for c in changes]
            files += list(look.others(each.old, *(c.path for c in changes)))
            for path, source in files:
                for at in source.words(each.old):
                    end = at + len(each.old)
                    found.append(Place(path, at, end, each.old, each.new, "rename", ""))
    return list({(p.path, p.start): p for p in found}.values())


def replay(commit: Commit, finder: Finder) -> Score:
    """Work through a commit."""
    for each in commit.hunks:
        each.is_made = False
    score = Score(wanted=len(commit.hunks) - 1)
    commit.hunks[0].is_made = True
    front = commit.hunks[0].path
    seen: set[tuple[str, str, str | None, int]] = set()
    while left := [each for each in commit.hunks if not each.is_made]:
        begun = time.perf_counter()
        places, sources = _offers(commit, front, finder)
        score.seconds.append(time.perf_counter() - begun)
        accepted: list[Hunk] = []
        spans = {path: list(commit.spans(path)) for path in commit.before}
        for place in places:
            source = sources.get(place.path)
            if source is None:
                continue
            row = source.line_of(place.start)
            line = source.lines[row] if source.lines else ""
            hunk: Hunk | None = next(
                (h for h, a, b in spans.get(place.path, []) if a <= row < max(b, a + 1)), None
            )
            if hunk is not None and hunk.is_made:
                continue
            key = (place.path, line, place.new, place.start - source.starts[row])
            if key not in seen:
                seen.add(key)
                score.offers += 1
                score.right += hunk is not None
                if hunk is not None and place.new is not None:
                    score.filled += 1
                    score.exact += _is_exact(place, source, hunk)
            if hunk is not None and hunk not in accepted:
                accepted.append(hunk)
        if accepted:
            score.hits += len(accepted)
            for each in accepted:
                each.is_made = True
        else:
            left[0].is_made = True
            front = left[0].path
    return score


def _offers(commit: Commit, front: str, finder: Finder) -> tuple[list[Place], dict[str, Source]]:
    paths = {hunk.path for hunk in commit.hunks if hunk.is_made}
    changes = [
        change(
            path,
            Source("".join(commit.before[path]), language_of(path)),
            Source(commit.text(path), language_of(path)),
        )
        for path in sorted(paths, key=lambda path: path != front)
    ]
    look = Look(commit.parent, SECONDS)
    places = finder(changes, look)
    return places, look.sources | {each.path: each.after for each in changes}


def _is_exact(place: Place, source: Source, hunk: Hunk) -> bool:
    """Whether what is put there stands in a line of the commit, as a whole word."""
    new = (place.new or "").strip()
    text = "".join(hunk.lines)
    if not new:
        return place.old.strip() not in text
    return re.search(rf"(?<![\w$]){re.escape(new)}(?![\w$])", text) is not None or (
        not new[-1].isalnum() and new in text
    )


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


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repo", action="append", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=50, help="Of all repositories together.")
    parser.add_argument("--show", action="store_true", help="Print a line for each commit.")
    arguments = parser.parse_args()
    each = -(-arguments.commits // len(arguments.repo))
    finders: dict[str, Finder] = {"NeoAI": find, "rename by word": by_word}
    sums = {name: Score() for name in finders}
    print(
        f"{'':34} {'hits':>11} {'rate':>7} {'offers':>7} {'prec.':>7} {'exact':>7}"
        f" {'p50 ms':>8} {'p95 ms':>8}"
    )
    total = 0
    for repo in arguments.repo:
        chosen = list(commits(repo, min(each, arguments.commits - total)))
        total += len(chosen)
        for name, finder in finders.items():
            score = Score()
            for commit in chosen:
                one = replay(commit, finder)
                score.add(one)
                if arguments.show:
                    print(one.row(f"  {commit.name[:10]} {name}"))
            print(score.row(f"{repo.name} ({len(chosen)}), {name}"), flush=True)
            sums[name].add(score)
    for name, score in sums.items():
        print(score.row(f"all ({total} commits), {name}"))


if __name__ == "__main__":
    main()
