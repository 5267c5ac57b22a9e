"""Next edits over the histories of real repositories: what is offered of a commit's places?

    python benchmarks/next_edit.py --repo PATH [--repo PATH …] [--commits 50 | --methods 40]

A commit counts that changed 3 to 30 places (hunks) in 1 to 8 source files, at least half of which
follow from one another: they have the same words taken out and put in, or call a function whose
head another changes. That is told by words alone, without any syntax of ours. Replayed as one would
work: first the hunk among these that has a definition, else the first; then the places are asked
for. What is offered within a hunk that the commit has is accepted (all of that hunk is made); where
nothing right is offered the next hunk is made by hand. All else that was offered counts as wrong.

hit rate: of the hunks after the first those that were offered. precision: of the offers those in a
hunk of the commit. exact: of the right offers that need no model those whose text is the commit's.
Beside it a rename by word: an identifier that became another is offered wherever it is a word.

--methods: renames methods, evenly over the files, whose name other classes have as well, and counts
the places that are offered by syntax alone and with what python-lsp-server says.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rig.methods import measure
from rig.multiplace import Commit, Hunk, commits
from rig.pylsp import Pylsp, Spot

from neoai_server_ext.ai.nextedit import renames
from neoai_server_ext.ai.nextedit.edits import Change, Told, change
from neoai_server_ext.ai.nextedit.finding import find
from neoai_server_ext.ai.nextedit.places import Look, Place
from neoai_server_ext.ai.nextedit.source import Source
from neoai_server_ext.grammars import language_of

SECONDS = 1.5
WITH_SERVER = "NeoAI with pylsp"
DEFINED = re.compile(r"\b(?:def|class)\s+(\w+)|^\s*self\.(\w+)\s*(?::[^=]+)?=(?!=)|^(\w+)\s*=(?!=)")


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


def replay(commit: Commit, finder: Finder, server: Server | None = None) -> Score:
    """Work through a commit. server: is asked before a hunk is made by hand."""
    for each in commit.hunks:
        each.is_made = False
    score = Score(wanted=len(commit.hunks) - 1)
    make(commit.hunks[0], commit, server)
    front = commit.hunks[0].path
    seen: set[tuple[str, str, str | None, int]] = set()
    while left := [each for each in commit.hunks if not each.is_made]:
        begun = time.perf_counter()
        places, sources = _offers(commit, front, finder, server)
        score.seconds.append(time.perf_counter() - begun)
        accepted: list[Hunk] = []
        spans = {path: list(commit.spans(path)) for path in commit.before}
        for place in places:
            source = sources.get(place.path)
            if source is None:
                continue
            row = source.line_of(place.start) + (place.new or "").startswith("\n")
            line = source.lines[row] if row < len(source.lines) else ""
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
            make(left[0], commit, server)
            front = left[0].path
    return score


def make(hunk: Hunk, commit: Commit, server: Server | None) -> None:
    """As by hand: the server is asked of the definitions whose names it changes."""
    if server is not None:
        server.listen(hunk, commit)
    hunk.is_made = True


def _offers(
    commit: Commit, front: str, finder: Finder, server: Server | None
) -> tuple[list[Place], dict[str, Source]]:
    paths = {hunk.path for hunk in commit.hunks if hunk.is_made}
    changes = [
        change(
            path,
            Source("".join(commit.before[path]), language_of(path)),
            Source(commit.text(path), language_of(path)),
        )
        for path in sorted(paths, key=lambda path: path != front)
    ]
    for each in changes:
        each.told = server.told(each.path, commit) if server is not None else ()
    look = Look(commit.parent, SECONDS)
    places = finder(changes, look)
    if server is not None:
        places = server.undoubted(places, commit, {c.path: c.after for c in changes}, look)
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


class Server:
    """python-lsp-server over the files before a commit, as the page would ask it."""

    def __init__(self, commit: Commit, folder: Path) -> None:
        archive = ["git", "-C", str(commit.repo), "archive", f"{commit.name}^"]
        packed = subprocess.run(archive, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
        self._folder = folder
        self._pylsp = Pylsp(folder)
        self._told: list[tuple[str, str, int, list[Spot]]] = []
        self.seconds: list[float] = []

    def close(self) -> None:
        """End it."""
        self._pylsp.__exit__()

    def listen(self, hunk: Hunk, commit: Commit) -> None:
        """Ask for the references of the definitions that it renames, in lines of before."""
        old = commit.before[hunk.path][hunk.start : hunk.end]
        if language_of(hunk.path) != "python" or len(old) != len(hunk.lines):
            return
        self._write(commit)
        for number, (one, other) in enumerate(zip(old, hunk.lines, strict=True)):
            for match in DEFINED.finditer(one):
                name = match[1] or match[2] or match[3]
                if re.search(rf"\b{name}\b", other):
                    continue
                begun = time.perf_counter()
                row = commit.now(hunk.path, hunk.start + number) or 0
                spots = self._pylsp.references((hunk.path, row, one.index(name, match.start())))
                self.seconds.append(time.perf_counter() - begun)
                known = [(p, commit.then(p, line), column) for p, line, column in spots]
                kept = [(p, line, column) for p, line, column in known if line is not None]
                self._told.append((hunk.path, name, hunk.start + number, kept))

    def told(self, path: str, commit: Commit) -> list[Told]:
        """What it said, at where that is now."""
        found = []
        for own, name, row, spots in self._told:
            here = commit.now(own, row, is_made=True)
            if own == path and here is not None and spots:
                moved = [(p, commit.now(p, line), column) for p, line, column in spots]
                places = [(p, line + 1, c + 1) for p, line, c in moved if line is not None]
                found.append(Told(name, here + 1, tuple(places)))
        return found

    def undoubted(
        self, places: list[Place], commit: Commit, texts: dict[str, Source], look: Look
    ) -> list[Place]:
        """Without those that it knows to be another symbol."""
        doubted = [place for place in places if place.doubtful][:10]
        others = set()
        if doubted:
            self._write(commit)
        for place in doubted:
            source = texts.get(place.path) or look.sources[place.path]
            row = source.line_of(place.start)
            spot = (place.path, row, place.start - source.starts[row])
            if any((p, line) != (place.path, row) for p, line, _ in self._pylsp.definitions(spot)):
                others.add(place)
        return [place for place in places if place not in others]

    def _write(self, commit: Commit) -> None:
        for path in commit.before:
            (self._folder / path).write_text(commit.text(path), newline="")


def with_server(commit: Commit) -> Score:
    """Work through a commit with python-lsp-server beside it."""
    with TemporaryDirectory() as folder:
        server = Server(commit, Path(folder))
        try:
            return replay(commit, find, server)
        finally:
            server.close()


def print_methods(repos: list[Path], most: int) -> None:
    """What the language server adds where the syntax cannot tell whose a method is."""
    for repo in repos:
        found = measure(repo, most)
        times = sorted(found.seconds) or [0.0]
        print(
            f"{repo.name:10} {found.methods:3} methods; places: {found.without} by syntax,"
            f" {found.elsewhere} of them in other files; {found.with_it} with pylsp,"
            f" {found.elsewhere_with} in other files; asked in {times[len(times) // 2]:.2f} s,"
            f" p95 {times[int(len(times) * 0.95)]:.2f} s",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repo", action="append", type=Path, required=True)
    parser.add_argument("--commits", type=int, default=50, help="Of all repositories together.")
    parser.add_argument("--show", action="store_true", help="Print a line for each commit.")
    parser.add_argument(
        "--methods", type=int, default=0, help="Rename so many methods of each instead."
    )
    arguments = parser.parse_args()
    if arguments.methods:
        print_methods(arguments.repo, arguments.methods)
        return
    each = -(-arguments.commits // len(arguments.repo))
    finders: dict[str, Finder] = {"NeoAI": find, WITH_SERVER: find, "rename by word": by_word}
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
                one = with_server(commit) if name == WITH_SERVER else replay(commit, finder)
                score.add(one)
                if arguments.show:
                    print(one.row(f"  {commit.name[:10]} {name}"))
            print(score.row(f"{repo.name} ({len(chosen)}), {name}"), flush=True)
            sums[name].add(score)
    for name, score in sums.items():
        print(score.row(f"all ({total} commits), {name}"))


if __name__ == "__main__":
    main()
