"""Orders the passages that FTS5 found, and finds the line in each that answers best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from . import passages, words
from .store import Found, Store
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
CANDIDATES = 300
NAME, SUMMARY, PLACE = 2.5, 1.5, 0.5
SATURATION = 1.0
LENGTH, USUAL_LENGTH = 0.35, 120
NEAR = 0.3
NAMED = 0.5
DECLARATION = 0.7
SNIPPET = 12
LONG_LIST = 16
PER_FILE = 3


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


def search(store: Store, question: Question, kinds: Iterable[passages.Kind], k: int) -> list[Hit]:
    """The `k` passages that answer best, one a definition. Blocks: run it in a thread."""
    found = store.find(question.terms, kinds, CANDIDATES)
    if not found:
        return []
    total, counts = store.frequencies(question.terms)
    weights = {term: log(1 + total / (0.5 + n)) for term, n in counts.items()}
    asked = {ASKED_FOR[group[0][0]] for group in question.groups if group[0][0] in ASKED_FOR}
    scored = []
    for candidate in found:
        kind = 1.0 if candidate.kind in asked else KIND_WEIGHT[candidate.kind]
        if passages.answers_little(candidate.passage):
            kind *= DECLARATION
        scored.append((kind * _score(candidate, question, weights), candidate))
    scored.sort(key=lambda pair: (-pair[0], pair[1].path, pair[1].passage.start))
    return [_hit(score, found, question, weights) for score, found in _spread(scored)[:k]]


def _spread(scored: list[tuple[float, Found]]) -> list[tuple[float, Found]]:
    """One passage a definition; twins (the same name in the same file, as blocking and async
    versions have) and more than three of a file come after the others had their turn."""
    first: list[tuple[float, Found]] = []
    rest: list[tuple[float, Found]] = []
    definitions: set[tuple[str, int]] = set()
    names: set[tuple[str, str]] = set()
    taken: Counter[str] = Counter()
    for pair in scored:
        path, passage = pair[1].path, pair[1].passage
        if (path, passage.defined) in definitions:
            continue
        definitions.add((path, passage.defined))
        name = passage.symbol.rpartition(".")[2]
        twin = bool(name) and (path, name) in names
        names.add((path, name))
        taken[path] += not twin
        (rest if twin or taken[path] > PER_FILE else first).append(pair)
    return [*first, *rest]


def _score(found: Found, question: Question, weights: dict[str, float]) -> float:
    """BM25F over the name, the author's summary, the place and the text (Robertson 2004), with
    the best of each word's terms, and something for words of the question that stand together."""
    passage = found.passage
    scope, _, name = passage.symbol.rpartition(".")
    text = Counter(words.split(passage.text))
    fields = (
        (NAME, Counter(words.split(name))),
        (SUMMARY, Counter(words.split(passages.summary(passage)))),
        (PLACE, Counter(words.split(f"{found.path} {scope}"))),
    )
    length = 1 - LENGTH + LENGTH * text.total() / USUAL_LENGTH
    score = 0.0
    for group in question.groups:
        best = 0.0
        for term, fit in group:
            often = text[term] / length
            often += sum(weight * min(1, field[term]) for weight, field in fields)
            best = max(best, fit * weights[term] * often / (SATURATION + often))
        score += best
    return (
        score
        + NAMED * _named(fields[0][1], question, weights)
        + NEAR * _together(passage, question, weights)
    )


def _named(name: Counter[str], question: Question, weights: dict[str, float]) -> float:
    """What the question's words weigh in a definition's name, times how much of it they are."""
    parts = {term for term in name if term not in words.STOP_WORDS and len(term) > 1}
    if not parts:
        return 0.0
    met: dict[str, float] = {}
    for group in question.groups:
        for term, fit in group:
            if term in parts:
                met[term] = max(met.get(term, 0.0), fit * weights[term])
                break
    return sum(met.values()) * len(met) / len(parts)


def _together(passage: passages.Passage, question: Question, weights: dict[str, float]) -> float:
    """What the question's words weigh in the line that has most of them, the first not counted."""
    best = 0.0
    for line in passage.text.split("\n"):
        here = set(words.split(line))
        met = [
            max((fit * weights[term] for term, fit in group if term in here), default=0.0)
            for group in question.groups
        ]
        best = max(best, sum(met) - max(met))
    return best


def _hit(score: float, found: Found, question: Question, weights: dict[str, float]) -> Hit:
    """Where to look: at the definition where it is short or named in the question, else at the
    lines that have most of the question."""
    passage = found.passage
    name = set(words.split(passage.symbol.rpartition(".")[2]))
    named = any(term in name for term in question.terms)
    start, end = passage.defined, passage.until
    whole = passages.LONGEST if passages.defines_function(passage) else LONG_LIST
    if end - start > whole and not (named and whole == passages.LONGEST):
        start = passage.start + _best_line(passage, question, weights)
        end = min(passage.until, start + passages.WINDOW - 1)
    lines = passage.text.split("\n")
    offset = max(0, start - passage.start)
    snippet = "\n".join(lines[offset : offset + SNIPPET])
    return Hit(found.path, start, end, passage.symbol, passage.text, snippet, round(score, 4))


def _best_line(passage: passages.Passage, question: Question, weights: dict[str, float]) -> int:
    """Where the run of a few lines begins that has the most of the question's terms."""
    terms = set(question.terms)
    met = [set(words.split(line)) & terms for line in passage.text.split("\n")]
    best, best_score = 0, -1.0
    for i in range(len(met)):
        near = set[str]().union(*met[i : i + 6])
        score = sum(weights[term] for term in near) + 0.5 * sum(weights[term] for term in met[i])
        if score > best_score + 1e-9:
            best, best_score = i, score
    return best
