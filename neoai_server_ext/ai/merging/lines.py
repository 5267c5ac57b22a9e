"""Merges by lines that stand in both, for what no grammar can read, and what leaves out a part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

ELISION = re.compile(r"^\s*(?:#|//|--|/\*|<!--|%|;|\{/\*)\s*.*(?:\.\.\.|…)")
TELLING = re.compile(r"\w.*\w.*\w.*\w")
WHOLE = 0.6
WITHIN = 0.4
LONGEST = 50_000


class Unplaced(Exception):
    """Why it is not clear where code belongs, in a sentence."""


def is_elision(line: str) -> bool:
    """Whether a line stands for what is left out: a comment with an ellipsis."""
    return bool(ELISION.match(line))


def has_elision(text: str) -> bool:
    """Whether something of a text is left out."""
    return any(map(is_elision, text.split("\n")))


def is_whole(old: str, new: str) -> bool:
    """Whether a text is a new version of all of the other."""
    a, b = _bare(old), _bare(new)
    if has_elision(new) or not a or not b or len(b) < WHOLE * len(a) or len(a) > LONGEST:
        return False
    return _likeness(a, b) >= WHOLE


def placed(old: str, new: str) -> str:
    """The old text with the new lines between those that both have. Raises Unplaced."""
    lines, coming = old.split("\n"), new.rstrip("\n").split("\n")
    if any(map(is_elision, coming)):
        return "\n".join(_segments(lines, coming, is_piece=False))
    found = _anchored(lines, coming, 0)
    if found is None:
        raise Unplaced("No line of it stands in the file once, so its place is not known.")
    start, end = found
    if _likeness(_bare("\n".join(lines[start:end])), _bare(new)) < WITHIN:
        raise Unplaced("What stands in the file there has little in common with it.")
    return "\n".join([*lines[:start], *coming, *lines[end:]])


def spliced(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """A definition's old lines with the new ones, where comments stand for what is left out."""
    return _segments(list(old), list(new), is_piece=True)


def _segments(old: list[str], new: list[str], *, is_piece: bool) -> list[str]:
    """is_piece: the first line of both is the same thing's head."""
    segments: list[list[str]] = [[]]
    for line in new:
        if is_elision(line):
            segments.append([])
        else:
            segments[-1].append(line)
    done: list[str] = []
    at = 0
    for number, segment in enumerate(segments):
        is_first, is_last = number == 0, number == len(segments) - 1
        if not any(line.strip() for line in segment):
            continue
        found = _anchored(old, segment, at)
        if is_first and is_piece:
            start, end = 0, found[1] if found else 1
        elif found:
            start, end = found
        elif is_first:
            start, end = 0, 0
        elif is_last:
            start = end = _before_closing(old) if is_piece else len(old)
        else:
            raise Unplaced("A part between two that are left out has no line that the file has.")
        done += [*old[at:start], *segment]
        at = end
    return done + old[at:]


def _anchored(old: Sequence[str], new: Sequence[str], start: int) -> tuple[int, int] | None:
    """The rows of the old lines from the first to the last line that both have once."""
    counts = Counter(line.strip() for line in old[start:])
    rows = {line.strip(): row for row, line in enumerate(old) if row >= start}
    anchors = [
        rows[line.strip()] for line in new if TELLING.search(line) and counts[line.strip()] == 1
    ]
    if not anchors or anchors != sorted(anchors):
        return None
    return anchors[0], anchors[-1] + 1


def _before_closing(old: Sequence[str]) -> int:
    """The row of a closing bracket at the end of a definition, else the end."""
    return len(old) - 1 if old and re.match(r"^\s*[)\]}]+[;,]?$", old[-1]) else len(old)


def _bare(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _likeness(a: Sequence[str], b: Sequence[str]) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio() if len(a) * len(b) < 4e7 else 0.0
