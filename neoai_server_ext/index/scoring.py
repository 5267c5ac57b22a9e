"""How well a passage answers a question, by its words alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log

from . import words
from .finding import Found
from .words import Question

NAME, SUMMARY, PLACE = 2.5, 1.5, 0.5
SATURATION = 1.0
LENGTH, USUAL_LENGTH = 0.35, 120
NEAR = 0.3
NAMED = 0.5


@dataclass(frozen=True)
class Asked:
    """A question's terms, weighed.

    weight: the more, the fewer passages have the term. groups: for which words of the question a
    term stands, and what it is worth there.
    """

    terms: frozenset[str]
    weight: Mapping[str, float]
    groups: Mapping[str, tuple[tuple[int, float], ...]]

    @classmethod
    def of(cls, question: Question, total: int, counts: Mapping[str, int]) -> Asked:
        """Weighed by how many of `total` passages have each term."""
        weight = {term: log(1 + total / (0.5 + n)) for term, n in counts.items()}
        groups: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, group in enumerate(question.groups):
            for term, fit in group:
                groups[term].append((number, fit * weight[term]))
        return cls(frozenset(groups), weight, {term: tuple(all_) for term, all_ in groups.items()})

    def worth(self, terms: Iterable[str]) -> dict[int, float]:
        """What these of its terms are worth to each word of the question."""
        best: dict[int, float] = {}
        for term in terms:
            for number, worth in self.groups[term]:
                if worth > best.get(number, 0.0):
                    best[number] = worth
        return best


def score(found: Found, asked: Asked) -> float:
    """BM25F over the name, what the author says of it, the place and the text (Robertson 2004),
    with the best of each word's terms, and something for words that the name has."""
    scope, _, name = found.passage.symbol.rpartition(".")
    text = found.words.split()
    called, place = _terms(name), _terms(f"{found.path} {scope}")
    here = asked.terms.intersection(text)
    said = here.intersection(found.said.split()) if found.said else frozenset[str]()
    length = 1 - LENGTH + LENGTH * len(text) / USUAL_LENGTH
    best: dict[int, float] = {}
    for term in here | (called & asked.terms) | (place & asked.terms):
        often = text.count(term) / length if term in here else 0.0
        often += NAME * (term in called) + SUMMARY * (term in said) + PLACE * (term in place)
        share = often / (SATURATION + often)
        for number, worth in asked.groups[term]:
            if worth * share > best.get(number, 0.0):
                best[number] = worth * share
    return sum(best.values()) + NAMED * _named(called, asked)


def together(found: Found, asked: Asked) -> float:
    """What the question's words weigh in the line that has most of them, the first not counted."""
    best = 0.0
    for line in found.words.split("\n"):
        here = asked.terms.intersection(line.split())
        if len(here) > 1:
            met = asked.worth(here).values()
            best = max(best, sum(met) - max(met))
    return NEAR * best


def best_line(found: Found, asked: Asked) -> int:
    """Where the run of a few lines begins that has the most of the question's terms."""
    met = [asked.terms.intersection(line.split()) for line in found.words.split("\n")]
    best, best_score = 0, -1.0
    for i in range(len(met)):
        near = set[str]().union(*met[i : i + 6])
        found_here = sum(asked.weight[term] for term in near)
        found_here += 0.5 * sum(asked.weight[term] for term in met[i])
        if found_here > best_score + 1e-9:
            best, best_score = i, found_here
    return best


@lru_cache(maxsize=65_536)
def _terms(text: str) -> frozenset[str]:
    return frozenset(words.split(text))


def _named(name: frozenset[str], asked: Asked) -> float:
    """What the question's words weigh in a definition's name, times how much of it they are."""
    met = {
        term: max(worth for _, worth in asked.groups[term])
        for term in name & asked.terms
        if term not in words.STOP_WORDS and len(term) > 1
    }
    if not met:
        return 0.0
    parts = sum(1 for term in name if term not in words.STOP_WORDS and len(term) > 1)
    return sum(met.values()) * len(met) / parts
