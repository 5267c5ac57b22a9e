"""Orders the definitions whose names have what is typed, as an editor's *Go to Symbol* does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import passages, words

KIND_WEIGHT: dict[passages.Kind, float] = {"source": 1.0, "test": 0.7, "doc": 0.4, "config": 0.4}
LONGEST = 100


@dataclass(frozen=True)
class Symbol:
    """A definition: `Class.method`, or a heading, and where it is; the line counts from 1."""

    symbol: str
    path: str
    line: int
    kind: passages.Kind


def typed(query: str) -> list[str]:
    """The parts that a name must have, in lower case; `Shop.sell` asks for both."""
    return query[:LONGEST].lower().replace(".", " ").split()


def pattern(part: str, *, loose: bool = False) -> str:
    """SQL's LIKE for names that have `part`, or, loosely, its characters in this order."""
    escaped = [f"\\{c}" if c in "%_\\" else c for c in part]
    return f"%{('%' if loose else '').join(escaped)}%"


def ordered(found: Iterable[Symbol], parts: list[str], limit: int) -> list[Symbol]:
    """The `limit` best: whole names first, then beginnings, then beginnings of a name's words."""
    best = sorted(found, key=lambda each: (-_score(each, parts), len(each.symbol), each.path))
    return best[:limit]


def _score(symbol: Symbol, parts: list[str]) -> float:
    name = symbol.symbol.rpartition(".")[2].lower()
    whole, last = symbol.symbol.lower(), parts[-1]
    if name == last:
        fit = 5.0
    elif name.startswith(last):
        fit = 4.0
    elif any(word.lower().startswith(last) for word in words.PART.findall(symbol.symbol)):
        fit = 3.0
    elif last in name:
        fit = 2.5
    elif last in whole:
        fit = 2.0
    else:
        initials = "".join(word[0].lower() for word in words.PART.findall(symbol.symbol))
        fit = 1.5 if initials.startswith(last) else 1.0
    return fit * KIND_WEIGHT[symbol.kind]
