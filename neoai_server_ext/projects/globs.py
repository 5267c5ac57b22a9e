"""Glob patterns as git reads them (gitignore(5), wildmatch), one path component at a time.

A pattern is a tuple of components; `None` stands for `**`, any number of folders. Matching
walks the tree along: each folder has its set of positions in the patterns, so that a file's
own name is all that is ever compared. Written for this project because `pathspec` is under the
MPL, and because it matches whole paths, which costs more than the walk's system calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Generic, TypeVar

CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
SPECIAL = frozenset("*?[\\")
PIECE = 4
TOGETHER = 64
NEVER = "(?!)"

T = TypeVar("T")
Components = tuple[str | None, ...]
Matches = Callable[[str], object]


def split(pattern: str) -> Components:
    """Cut a pattern at its slashes; a pattern with none in it floats: it matches at any depth."""
    parts: list[str | None] = [None if part == "**" else part for part in pattern.split("/")]
    if len(parts) == 1:
        return (None, "*") if parts[0] is None else (None, *parts)
    if parts[0] == "":
        parts = parts[1:]
    if parts[-1] is None:
        parts.append("*")
    return tuple(
        part
        for i, part in enumerate(parts)
        if part is not None or i == 0 or parts[i - 1] is not None
    )


@lru_cache(maxsize=4096)
def regex(component: str) -> str:
    """One component as a regular expression; takes time in proportion to the name's length squared.

    Each star is atomic and takes the first place that fits, which is enough for patterns whose
    pieces are fixed, and leaves a hostile pattern nothing to backtrack over.
    """
    pieces = [""]
    i = 0
    while i < len(component):
        char = component[i]
        i += 1
        if char == "*":
            if len(pieces) == 1 or pieces[-1]:
                pieces.append("")
        elif char == "?":
            pieces[-1] += "."
        elif char == "\\":
            if i == len(component):
                return NEVER
            pieces[-1] += re.escape(component[i])
            i += 1
        elif char == "[":
            bracket, i = _bracket(component, i)
            if bracket is None:
                return NEVER
            pieces[-1] += bracket
        else:
            pieces[-1] += re.escape(char)
    if len(pieces) == 1:
        return pieces[0]
    middle = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1])
    return f"{pieces[0]}{middle}.*{pieces[-1]}"


def _bracket(component: str, start: int) -> tuple[str | None, int]:
    """A bracket expression from behind its `[`: its regular expression and where it ends."""
    i = start
    negated = i < len(component) and component[i] in "!^"
    i += negated
    first = i
    parts: list[str] = []
    while i < len(component):
        char = component[i]
        if char == "]" and i > first:
            body = "".join(parts)
            if not body:
                return (".", i + 1) if negated else (NEVER, i + 1)
            return (f"[^{body}]" if negated else f"[{body}]"), i + 1
        if component.startswith("[:", i) and (end := component.find(":]", i)) > 0:
            name = component[i + 2 : end]
            if name not in CLASSES:
                return None, i
            parts.append(CLASSES[name])
            i = end + 2
            continue
        low, i = _member(component, i)
        if low is None:
            return None, i
        if i + 1 < len(component) and component[i] == "-" and component[i + 1] != "]":
            high, i = _member(component, i + 1)
            if high is None:
                return None, i
            if low <= high:
                parts.append(f"{_literal(low)}-{_literal(high)}")
        else:
            parts.append(_literal(low))
    return None, i


def _member(component: str, i: int) -> tuple[str | None, int]:
    if component[i] == "\\":
        i += 1
        if i == len(component):
            return None, i
    return component[i], i + 1


def _literal(char: str) -> str:
    return "\\" + char if char in "\\]^-[&~|" else char


def is_plain(component: str) -> bool:
    """Whether it matches one name only."""
    return not SPECIAL.intersection(component)


def ending_of(component: str) -> str | None:
    """What it is that names must end with where that is all it asks for; else None."""
    return component[1:] if component[:1] == "*" and is_plain(component[1:]) else None


@lru_cache(maxsize=4096)
def matcher(component: str) -> Matches:
    """A predicate for names; any component compiles, an impossible one matches nothing."""
    if is_plain(component):
        return component.__eq__
    return re.compile(regex(component), re.DOTALL).fullmatch


@dataclass(frozen=True)
class Names:
    """Some components at once: whether a name matches any of them, at the price of about one."""

    literals: frozenset[str]
    endings: tuple[str, ...]
    others: Matches | None

    @classmethod
    def of(cls, components: Sequence[str]) -> Names:
        """Sort components by how they are compared fastest."""
        literals, endings, others = set(), set(), []
        for component in components:
            if is_plain(component):
                literals.add(component)
            elif (ending := ending_of(component)) is not None:
                endings.add(ending)
            else:
                others.append(regex(component))
        combined = "|".join(f"(?:{one})" for one in dict.fromkeys(others))
        compiled = re.compile(combined, re.DOTALL).fullmatch if combined else None
        return cls(frozenset(literals), tuple(sorted(endings)), compiled)

    def match(self, name: str) -> bool:
        """Whether any component matches."""
        return (
            name in self.literals
            or (bool(self.endings) and name.endswith(self.endings))
            or (self.others is not None and self.others(name) is not None)
        )


def anything(name: str) -> bool:
    """Names that are not told apart."""
    return True


class Lookup(Generic[T]):
    """Many components at once: what is filed under those that a name matches.

    A name is compared with few of them: plain ones and endings are found as keys, and those with
    other wildcards by the beginning of the longest piece of theirs that a name must have in it.
    """

    def __init__(self, filed: Iterable[tuple[str, T]]) -> None:
        self._plain: dict[str, list[T]] = {}
        self._endings: dict[str, list[T]] = {}
        having: dict[str, dict[str, list[T]]] = {}
        for component, value in filed:
            if is_plain(component):
                self._plain.setdefault(component, []).append(value)
            elif (ending := ending_of(component)) is not None:
                self._endings.setdefault(ending, []).append(value)
            else:
                piece = _longest(component)[:PIECE]
                having.setdefault(piece, {}).setdefault(component, []).append(value)
        self._having = {piece: _Several(these) for piece, these in having.items()}
        self._lengths = sorted({len(ending) for ending in self._endings})
        self._sizes = sorted({len(piece) for piece in having})

    def all(self, name: str) -> list[T]:
        """What is filed under the components that match a name."""
        found = list(self._plain.get(name, ()))
        for length in self._lengths:
            if length <= len(name):
                found += self._endings.get(name[len(name) - length :], ())
        for size in self._sizes:
            for piece in {name[at : at + size] for at in range(len(name) - size + 1)}:
                several = self._having.get(piece)
                if several is not None:
                    several.add(name, found)
        return found


class _Several(Generic[T]):
    """Components with wildcards, compared some together: at most names pass most of these."""

    def __init__(self, filed: dict[str, list[T]]) -> None:
        self._filed = list(filed.items())

    @cached_property
    def _together(self) -> list[tuple[Matches, list[tuple[str, list[T]]]]]:
        groups = [self._filed[at : at + TOGETHER] for at in range(0, len(self._filed), TOGETHER)]
        return [
            (
                re.compile(
                    "|".join(f"(?:{regex(component)})" for component, _ in group), re.DOTALL
                ).fullmatch,
                group,
            )
            for group in groups
        ]

    def add(self, name: str, found: list[T]) -> None:
        """Add what is filed under those that match."""
        for any_matches, group in self._together:
            if any_matches(name):
                for component, values in group:
                    if matcher(component)(name):
                        found += values


def _longest(component: str) -> str:
    """The longest piece of a component that stands for itself."""
    pieces, i = [""], 0
    while i < len(component):
        char = component[i]
        i += 1
        if char == "[":
            i = _bracket(component, i)[1]
        elif char == "\\":
            i += 1
        elif char not in SPECIAL:
            pieces[-1] += char
            continue
        pieces.append("")
    return max(pieces, key=len)
