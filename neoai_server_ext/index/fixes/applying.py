"""Brings what an earlier fix changed into other code, where it is clear how."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

ALIKE = 0.6
"""Lines are the same ones where so much of them is the same."""
MOST_LINES = 1_000
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
REDACTED = "[redacted: "

Place = tuple[int, int, list[str]]
"""Of the code's lines the first and the one after the last that go, and what comes there."""


@dataclass(frozen=True)
class _Change:
    """The lines `start` to `end` of what was before, and what came in their place."""

    start: int
    end: int
    coming: tuple[str, ...]


def applied(before: str, after: str, code: str) -> str | None:
    """The code with what changed from before to after; None where its lines are not found, are
    others, or hold what was a secret."""
    if code.rstrip() == before.rstrip():
        return after if REDACTED not in after else None
    old, lines = before.split("\n"), code.split("\n")
    if max(len(old), len(lines)) > MOST_LINES:
        return None
    places: list[Place] = []
    for change in _changes(old, after.split("\n")):
        place = _placed(old, change, lines)
        if place is None or REDACTED in "\n".join(change.coming):
            return None
        places.append(place)
    if any(first[1] > then[0] for first, then in pairwise(places)):
        return None
    for start, end, coming in reversed(places):
        lines[start:end] = coming
    found = "\n".join(lines)
    return found if found != code else None


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[_Change]:
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            yield _Change(i1, i2, tuple(new[j1:j2]))


def _placed(old: Sequence[str], change: _Change, lines: Sequence[str]) -> Place | None:
    if change.start == change.end:
        return _inserted(old, change, lines)
    return _replaced(old, change, lines) or _alike(old, change, lines)


def _inserted(old: Sequence[str], change: _Change, lines: Sequence[str]) -> Place | None:
    """After the line that stood before it, else before the one that came next; what came at the
    very beginning, an import for instance, goes there."""
    if change.start == 0:
        return 0, 0, list(change.coming)
    same = _same(old, lines)
    for near, step in ((change.start - 1, 1), (change.start, 0)):
        if near in same and old[near].strip():
            at = same[near]
            return at + step, at + step, _indented(change.coming, old[near], lines[at])
    return None


def _replaced(old: Sequence[str], change: _Change, lines: Sequence[str]) -> Place | None:
    """The very lines, however far they are indented."""
    bare = [line.strip() for line in lines]
    wanted = [line.strip() for line in old[change.start : change.end]]
    size = len(wanted)
    found = [i for i in range(len(bare)) if bare[i : i + size] == wanted]
    if len(found) > 1:  # that which has the same neighbours
        same = _same(old, lines)
        near = {same.get(change.start - 1, -2) + 1, same.get(change.end, -1) - size}
        found = [i for i in found if i in near]
    if len(found) != 1:
        return None
    start = found[0]
    return start, start + size, _indented(change.coming, old[change.start], lines[start])


def _alike(old: Sequence[str], change: _Change, lines: Sequence[str]) -> Place | None:
    """Lines that are nearly the same, and only one such: what changed in them, word by word."""
    size = change.end - change.start
    base = TOKEN.findall("\n".join(old[change.start : change.end]))
    theirs = TOKEN.findall("\n".join(change.coming))
    matcher = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(base)
    likely: list[tuple[float, int]] = []
    for start in range(len(lines) - size + 1):
        matcher.set_seq1(TOKEN.findall("\n".join(lines[start : start + size])))
        if matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE:
            likely.append((matcher.ratio(), start))
    likely.sort(reverse=True)
    if not likely or (len(likely) > 1 and likely[0][0] == likely[1][0]):
        return None
    start = likely[0][1]
    mine = TOKEN.findall("\n".join(lines[start : start + size]))
    merged = _carried(base, mine, theirs)
    return None if merged is None else (start, start + size, "".join(merged).split("\n"))


def _carried(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str] | None:
    """Mine with what changed from base to theirs; None where mine differs there too."""
    blocks = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    merged = list(mine)
    changes = SequenceMatcher(None, base, theirs, autojunk=False).get_opcodes()
    for tag, i1, i2, j1, j2 in reversed(changes):
        if tag == "equal":
            continue
        at = next((b - a for a, b, size in blocks if size and a <= i1 and i2 <= a + size), None)
        if at is None:
            return None
        merged[i1 + at : i2 + at] = theirs[j1:j2]
    return merged


def _same(old: Sequence[str], lines: Sequence[str]) -> dict[int, int]:
    """Which line of the code stands for which of the old ones."""
    bare = [[line.strip() for line in side] for side in (old, lines)]
    blocks = SequenceMatcher(None, bare[0], bare[1], autojunk=False).get_matching_blocks()
    return {a + i: b + i for a, b, size in blocks for i in range(size)}


def _indented(coming: Sequence[str], then: str, now: str) -> list[str]:
    """Lines indented as they would be where `then` stands as `now`."""
    before, here = _indent(then), _indent(now)
    if before == here:
        return list(coming)
    return [
        here + line[len(before) :] if line.strip() and line.startswith(before) else line
        for line in coming
    ]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
