"""Brings together what words find and what meaning finds, by reciprocal rank (Cormack 2009)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from . import passages, ranking
from .ranking import Hit
from .words import Question

Near = tuple[str, passages.Passage]
"""A passage that is near a question in meaning, and its file."""

MOST = 50
"""So many of each are brought together."""
RANK = 60.0
"""How much the order among the first counts: less, the higher this is."""


def fused(hits: Sequence[Hit], near: Sequence[Near], question: Question, k: int) -> list[Hit]:
    """The `k` best of both: what is high in both lists comes first. The score of a hit is the sum
    of its reciprocal ranks, so that 1/30 is the most; where nothing is near it is that by words."""
    if not near:
        return list(hits[:k])
    scores = {hit: 1.0 / (RANK + rank) for rank, hit in enumerate(hits[:MOST])}
    of_file: dict[str, list[Hit]] = defaultdict(list)
    for hit in scores:
        of_file[hit.path].append(hit)
    for rank, (path, passage) in enumerate(near[:MOST]):
        same = next((hit for hit in of_file[path] if _is_within(hit, passage)), None)
        found = same or _hit(path, passage)
        if same is None:
            of_file[path].append(found)
        score = _weight(passages.kind_of(path), question) / (RANK + rank)
        scores[found] = scores.get(found, 0.0) + score
    best = sorted(scores, key=lambda hit: -scores[hit])[:k]
    return [replace(hit, score=round(scores[hit], 6)) for hit in best]


def _weight(kind: passages.Kind, question: Question) -> float:
    """Source comes before tests and documentation here too, unless these are asked for."""
    named = {ranking.ASKED_FOR.get(group[0][0]) for group in question.groups}
    return 1.0 if kind in named else ranking.KIND_WEIGHT[kind]


def _is_within(hit: Hit, passage: passages.Passage) -> bool:
    is_named = bool(hit.symbol) and hit.symbol == passage.symbol
    return is_named or passage.start <= hit.start_line <= passage.end


def _hit(path: str, passage: passages.Passage) -> Hit:
    lines = passage.text.split("\n")
    offset = max(0, passage.defined - passage.start)
    snippet = "\n".join(lines[offset : offset + ranking.SNIPPET])
    start = passage.start + offset
    return Hit(path, start, passage.until, passage.symbol, passage.text, snippet, 0.0)
