"""Glob patterns as git reads them (gitignore(5), wildmatch), one path component at a time.

A pattern is a tuple of components; `None` stands for `**`, any number of folders. Matching
walks the tree along: each folder has its set of positions in the patterns, so that a file's
own name is all that is ever compared. Written for this project because `pathspec` is under the
MPL, and because it matches whole paths, which costs more than the walk's system calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

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
NEVER = "(?!)"

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


@lru_cache(maxsize=4096)
def matcher(component: str) -> Matches:
    """A predicate for names; any component compiles, an impossible one matches nothing."""
    if not SPECIAL.intersection(component):
        return component.__eq__
    return re.compile(regex(component), re.DOTALL).fullmatch


@dataclass(frozen=True)
class Names:
    """Many components at once: whether a name matches any of them, at the price of about one."""

    literals: frozenset[str]
    endings: tuple[str, ...]
    others: Matches | None

    @classmethod
    def of(cls, components: Sequence[str]) -> Names:
        """Sort components by how they are compared fastest."""
        literals, endings, others = set(), set(), []
        for component in components:
            if not SPECIAL.intersection(component):
                literals.add(component)
            elif component[0] == "*" and not SPECIAL.intersection(component[1:]):
                endings.add(component[1:])
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
