"""What was edited in a text: its lines that differ, the words in them, and what stayed where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from .source import Source

TOKEN = re.compile(r"[\w$]+|\s+|[^\w\s$]")
MOST_PAIRS = 4_000_000
"""So many pairs of lines are compared at most; a text that differs more was not edited by hand."""
MOST_CHARS = 6_000
"""A longer hunk was rewritten: its words are not compared."""


@dataclass(frozen=True)
class Hunk:
    """Lines that differ, from 0, the end excluded, before and after."""

    before: tuple[int, int]
    after: tuple[int, int]


@dataclass(frozen=True)
class Substitution:
    """A piece of the text before that another stands for after, and where each begins."""

    old: str
    new: str
    before: int
    after: int


@dataclass(frozen=True)
class Told:
    """What a language server told of a definition before it was edited: the line (from 1, in the
    text after) where that was, and where else its name of then stands: path, line and column."""

    name: str
    line: int
    places: tuple[tuple[str, int, int], ...]


@dataclass
class Change:
    """A file before and after its latest edits. The path is relative to the project."""

    path: str
    before: Source
    after: Source
    hunks: list[Hunk] = field(default_factory=list)
    substitutions: list[Substitution] = field(default_factory=list)
    same: list[tuple[int, int, int]] = field(default_factory=list)
    told: Sequence[Told] = ()

    def as_written(self) -> Change:
        """The same with the texts as they were written."""
        return replace(self, before=self.before.original, after=self.after.original)

    def moved(self, start: int, end: int) -> int | None:
        """Where a piece of the text before now begins; None where it was edited itself."""
        place = bisect_right(self.same, (start, len(self.after.text) + 1, 0)) - 1
        if place < 0:
            return None
        before, after, length = self.same[place]
        return start - before + after if end <= before + length else None

    def edited(self, start: int, end: int) -> bool:
        """Whether a piece of the text after has lines that were edited."""
        first, last = self.after.line_of(start), self.after.line_of(max(start, end - 1))
        return any(h.after[0] <= last and first < max(h.after[1], 1) for h in self.hunks)


def change(path: str, before: Source, after: Source) -> Change:
    """What was edited; no hunks where nothing was, or more than is looked at."""
    made = Change(path, before, after)
    if before.text == after.text or not (before.is_readable and after.is_readable):
        return made
    a, b = before.lines, after.lines
    head, tail = _shared(a, b)
    middle_a, middle_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if len(middle_a) * len(middle_b) > MOST_PAIRS:
        return made
    _same(made, 0, 0, before.starts[head])
    for tag, i1, i2, j1, j2 in _opcodes(middle_a, middle_b):
        lines = (i1 + head, i2 + head), (j1 + head, j2 + head)
        if tag == "equal":
            start = before.starts[lines[0][0]]
            _same(made, start, after.starts[lines[1][0]], before.starts[lines[0][1]] - start)
        else:
            made.hunks.append(Hunk(*lines))
            _compare(made, *lines)
    start = before.starts[len(a) - tail]
    _same(made, start, after.starts[len(b) - tail], len(before.text) - start)
    return made


def _shared(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    """How many items two lists share at their beginning, and of the rest at their end."""
    most = min(len(a), len(b))
    head = next((i for i in range(most) if a[i] != b[i]), most)
    left = most - head
    tail = next((i for i in range(left) if a[-1 - i] != b[-1 - i]), left)
    return head, tail


def _opcodes(a: Sequence[str], b: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    return list(SequenceMatcher(None, a, b, autojunk=False).get_opcodes())


def _same(made: Change, before: int, after: int, length: int) -> None:
    if length > 0:
        made.same.append((before, after, length))


def _compare(made: Change, old: tuple[int, int], new: tuple[int, int]) -> None:
    """The words of a hunk: line by line where there are as many lines, else as one piece."""
    pairs = [(old, new)]
    if old[1] - old[0] == new[1] - new[0]:
        pairs = [
            ((old[0] + i, old[0] + i + 1), (new[0] + i, new[0] + i + 1))
            for i in range(old[1] - old[0])
        ]
    for (i1, i2), (j1, j2) in pairs:
        made.after.go_on()
        start, at = made.before.starts[i1], made.after.starts[j1]
        one = made.before.text[start : made.before.starts[i2]]
        other = made.after.text[at : made.after.starts[j2]]
        if len(one) + len(other) > MOST_CHARS:
            continue
        for old_text, new_text, x, y in _words(one, other):
            if old_text == new_text:
                _same(made, start + x, at + y, len(old_text))
            else:
                made.substitutions.append(Substitution(old_text, new_text, start + x, at + y))


def _words(one: str, other: str) -> Iterator[tuple[str, str, int, int]]:
    a, b = TOKEN.findall(one), TOKEN.findall(other)
    x = y = 0
    for _, i1, i2, j1, j2 in _opcodes(a, b):
        old, new = "".join(a[i1:i2]), "".join(b[j1:j2])
        yield old, new, x, y
        x, y = x + len(old), y + len(new)
