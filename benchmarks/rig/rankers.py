"""What search is compared with: BM25 over whole files, and a count of the query's words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from math import log

from neoai_server_ext.index import words

K1, B = 1.2, 0.75


class Bm25:
    """BM25 over whole files (Robertson 1994): identifiers split, words stemmed, and stop words
    left out, as our own search has them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.paths = sorted(texts)
        self._lengths: list[int] = []
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, path in enumerate(self.paths):
            counts = Counter(words.split(f"{path} {texts[path]}"))
            self._lengths.append(counts.total())
            for term, count in counts.items():
                self._postings[term].append((number, count))

    def ranked(self, query: str) -> list[str]:
        """The paths, the best first; those that have no word of the query are left out."""
        scores: dict[int, float] = defaultdict(float)
        mean = sum(self._lengths) / max(1, len(self._lengths))
        for term in self._terms(query):
            postings = self._postings.get(term, ())
            idf = log(1 + (len(self.paths) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, count in postings:
                norm = K1 * (1 - B + B * self._lengths[number] / mean)
                scores[number] += idf * count * (K1 + 1) / (count + norm)
        return [self.paths[n] for n in sorted(scores, key=lambda n: (-scores[n], n))]

    def _terms(self, query: str) -> set[str]:
        found = [match[0] for match in words.IDENTIFIER.finditer(query)]
        telling = [word for word in found if word.lower() not in words.STOP_WORDS]
        return {term for word in telling or found for term in words.terms(word)}


class KeywordCount:
    """The files in which the most of the query's words stand, and then most often."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._words = {
            path: Counter(
                text.lower() for text in words.IDENTIFIER.findall(f"{path} {texts[path]}")
            )
            for path in sorted(texts)
        }

    def ranked(self, query: str) -> list[str]:
        """The paths, the best first; those that have no word of the query are left out."""
        asked = set(words.IDENTIFIER.findall(query.lower()))
        asked = {word for word in asked if word not in words.STOP_WORDS} or asked
        scores = {}
        for path, counts in self._words.items():
            there = [counts[word] for word in asked if counts[word]]
            if there:
                scores[path] = (len(there), sum(there))
        return sorted(scores, key=lambda path: (-scores[path][0], -scores[path][1], path))
