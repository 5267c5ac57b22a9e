"""Orders the passages that may answer a question, and finds the line in each that answers best.

A passage counts by its own words and by what is known of its file: its path, the commits that
touched it and how lately it changed. `benchmarks/retrieval.py` says what each gives.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from math import log1p

from . import commits, finding, passages, scoring, words
from .finding import Found
from .scoring import Asked
from .store import Store
from .words import Question

KIND_WEIGHT: dict[passages.Kind, float] = {
    "source": 1.0,
    "test": 0.55,
    "doc": 0.55,
    "config": 0.45,
}
ASKED_FOR: dict[str, passages.Kind] = {
    "test": "test",
    "fixtur": "test",
    "doc": "doc",
    "document": "doc",
    "readm": "doc",
    "changelog": "doc",
    "config": "config",
    "configur": "config",
}
CANDIDATES, FOR_EACH, MOST_CANDIDATES = 50, 4, 200
"""So many passages are scored, and so many more for each that is asked for, up to the last."""
PATH, COMMITS, ACTIVITY = 0.35, 0.6, 0.2
"""What a file's best path, commits and activity weigh beside the best passage's words."""
BEST_FILES, OF_EACH = 20, 2
"""So many files are looked at for their path or commits alone, and so many passages of each."""
CLOSELY = 25
DECLARATION = 0.7
SNIPPET = 12
LONG_LIST = 16
TOP, PER_FILE = 6, 3
"""Among the first few passages so many may be of one file; below, each is of another."""


@dataclass(frozen=True)
class Hit:
    """A passage as it is cited: `start_line` is where the reader should look first."""

    path: str
    start_line: int
    end_line: int
    symbol: str
    text: str
    snippet: str
    score: float


Scored = tuple[float, Found]


def search(
    store: Store, question: Question, kinds: Iterable[passages.Kind], k: int, further: int = 0
) -> list[Hit]:
    """The `k` passages that answer best, one a definition, and up to `further` that were looked at
    for them. Blocks: run it in a thread."""
    wanted = list(kinds)
    candidates = min(CANDIDATES + FOR_EACH * k, MOST_CANDIDATES)
    with store.reading() as connection:
        total = finding.size(connection)
        counts = store.frequencies.of(connection, question.terms, total)
        asked = Asked.of(question, total, counts)
        own = [group[0][0] for group in question.groups]
        files = _of_files(connection, own)
        terms = finding.affordable(question.terms, counts)
        found = finding.by_terms(connection, terms, wanted, candidates)
        there = {each.path for each in found}
        best = nlargest(min(k, BEST_FILES), files, key=lambda path: files[path])
        others = [path for path in best if path not in there]
        found += finding.of_files(connection, others, wanted, OF_EACH)
        activity = commits.activity(connection, {each.path for each in found})
    scored = _by_words(found, asked)
    scored = _with_files(scored, files, _share({p: log1p(a) for p, a in activity.items()}, 1.0))
    scored = _by_kind(scored, question)
    return [_hit(score, found, asked) for score, found in _spread(scored, k + further)]


def _of_files(connection: sqlite3.Connection, terms: list[str]) -> dict[str, float]:
    """What the files' paths and commits say of a question."""
    paths = _share(finding.by_path(connection, terms, MOST_CANDIDATES), PATH)
    similar = _share(commits.like(connection, terms), COMMITS)
    return {
        path: paths.get(path, 0.0) + similar.get(path, 0.0)
        for path in paths.keys() | similar.keys()
    }


def _share(scores: Mapping[str, float], weight: float) -> dict[str, float]:
    """Scores as shares of the best, which has `weight`."""
    most = max(scores.values(), default=0.0)
    return {path: weight * score / most for path, score in scores.items()} if most > 0 else {}


def _by_words(found: list[Found], asked: Asked) -> list[Scored]:
    """The passages with their scores as shares of the best. What takes long is looked at in the
    best of them only."""
    scored = [(scoring.score(each, asked), each) for each in found]
    scored.sort(key=lambda pair: (-pair[0], pair[1].path, pair[1].passage.start))
    for i, (score, each) in enumerate(scored[:CLOSELY]):
        score += scoring.together(each, asked)
        little = DECLARATION if passages.answers_little(each.passage) else 1.0
        scored[i] = (score * little, each)
    most = max((score for score, _ in scored), default=0.0) or 1.0
    return [(score / most, each) for score, each in scored]


def _with_files(
    scored: list[Scored], files: Mapping[str, float], activity: Mapping[str, float]
) -> list[Scored]:
    return [
        (score + files.get(each.path, 0.0) + ACTIVITY * activity.get(each.path, 0.0), each)
        for score, each in scored
    ]


def _by_kind(scored: list[Scored], question: Question) -> list[Scored]:
    """Source comes before tests and documentation, unless the question asks for them."""
    named = {ASKED_FOR[group[0][0]] for group in question.groups if group[0][0] in ASKED_FOR}
    weighed = [
        (score if each.kind in named else score * KIND_WEIGHT[each.kind], each)
        for score, each in scored
    ]
    return sorted(weighed, key=lambda pair: (-pair[0], pair[1].path, pair[1].passage.start))


def _spread(scored: list[Scored], k: int) -> list[Scored]:
    """One passage a definition, at first a few of each file; then those of files that had none,
    and last twins (the same name in the same file, as blocking and async versions have)."""
    first: list[Scored] = []
    further: list[Scored] = []
    rest: list[Scored] = []
    definitions: set[tuple[str, int]] = set()
    names: set[tuple[str, str]] = set()
    taken: Counter[str] = Counter()
    for score, each in scored:
        path, passage = each.path, each.passage
        if (path, passage.defined) in definitions:
            continue
        definitions.add((path, passage.defined))
        name = passage.symbol.rpartition(".")[2]
        if name and (path, name) in names:
            rest.append((score, each))
            continue
        names.add((path, name))
        most = PER_FILE if len(first) < TOP else 1
        (first if taken[path] < most else further).append((score, each))
        taken[path] += 1
    return [*first, *further, *rest][:k]


def _hit(score: float, found: Found, asked: Asked) -> Hit:
    """Where to look: at the definition where it is short or named in the question, else at the
    lines that have most of the question."""
    passage = found.passage
    name = set(words.split(passage.symbol.rpartition(".")[2]))
    named = not asked.terms.isdisjoint(name)
    start, end = passage.defined, passage.until
    whole = passages.LONGEST if passages.defines_function(passage) else LONG_LIST
    if end - start > whole and not (named and whole == passages.LONGEST):
        start = passage.start + scoring.best_line(found, asked)
        end = min(passage.until, start + passages.WINDOW - 1)
    lines = passage.text.split("\n")
    offset = max(0, start - passage.start)
    snippet = "\n".join(lines[offset : offset + SNIPPET])
    return Hit(found.path, start, end, passage.symbol, passage.text, snippet, round(score, 4))
