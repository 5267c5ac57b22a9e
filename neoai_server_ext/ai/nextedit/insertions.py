"""Inserted lines: what was put below, or above, two lines that are alike, elsewhere too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath
from typing import Literal

from .edits import Change
from .places import Look, Place
from .repeats import MOST_EDITS, MOST_ELSEWHERE, TOKEN, is_telling, part_of, pattern_of
from .source import Source

MOST_LINES = 4
MOST_MATCHES = 200
Side = Literal["below", "above"]


@dataclass(frozen=True)
class Insertion:
    """Lines that were put below or above another, all without the indentation of that one."""

    path: str
    side: Side
    anchor: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A pattern of a whole line, without its indentation, and what belongs below or above it: of
    each line the texts, and the numbers of holes. word: one that is always in the pattern."""

    pattern: re.Pattern[str]
    side: Side
    lines: tuple[tuple[str | int, ...], ...]
    word: str

    def written(self, match: re.Match[str]) -> list[str]:
        """The lines as they belong at that line, with its indentation."""
        made = []
        for line in self.lines:
            text = "".join(p if isinstance(p, str) else match[f"h{p}"] for p in line)
            made.append(f"{match['indent']}{text}" if text else "")
        return made


def places(changes: Sequence[Change], look: Look) -> Iterator[Place]:
    """Where lines are still to be put; raises Stopped."""
    changes = [each.as_written() for each in changes]
    made = [each for change in changes for each in _insertions(change)]
    rules: dict[tuple[str, Side, object], tuple[Rule, set[str]]] = {}
    for one, other in combinations(made[: 2 * MOST_EDITS], 2):
        look.go_on()
        rule = _unified(one, other)
        if rule is not None:
            key = rule.pattern.pattern, rule.side, rule.lines
            _, paths = rules.setdefault(key, (rule, set()))
            paths |= {one.path, other.path}
    for rule, paths in rules.values():
        for change in changes:
            if change.path in paths or len(paths) > 1:
                yield from _matches(change.path, change.after, rule)
        if len(paths) > 1:
            yield from _elsewhere(changes, rule, look)


def _elsewhere(changes: Sequence[Change], rule: Rule, look: Look) -> list[Place]:
    kinds = {PurePosixPath(change.path).suffix for change in changes}
    found: list[Place] = []
    for path, source in look.others(rule.word, *(change.path for change in changes)):
        if PurePosixPath(path).suffix in kinds:
            found += _matches(path, source.original, rule)
        if len(found) > MOST_ELSEWHERE:
            return []
    return found


def _insertions(change: Change) -> Iterator[Insertion]:
    """What was inserted as whole lines, seen from the line before it and from that after it."""
    lines = change.after.lines
    for hunk in change.hunks:
        first, end = hunk.after
        if hunk.before[0] != hunk.before[1] or not 0 < end - first <= MOST_LINES:
            continue
        put = [line.rstrip("\n") for line in lines[first:end]]
        neighbours: list[tuple[Side, int]] = [("below", first - 1), ("above", end)]
        for side, row in neighbours:
            anchor = lines[row].rstrip("\n") if 0 <= row < len(lines) else ""
            bare = anchor.lstrip()
            indent = anchor[: len(anchor) - len(bare)]
            if bare and len(anchor) < 1000 and all(not p or p.startswith(indent) for p in put):
                cut = tuple(line[len(indent) :].rstrip() for line in put)
                if any(cut):
                    yield Insertion(change.path, side, bare.rstrip(), cut)


def _unified(one: Insertion, other: Insertion) -> Rule | None:
    """The rule that both follow; what differs between the lines beside them becomes holes."""
    a, b = ([m[0] for m in TOKEN.finditer(each.anchor)] for each in (one, other))
    if one.side != other.side or len(a) != len(b) or len(one.lines) != len(other.lines):
        return None
    holes: dict[tuple[str, str], int] = {}
    anchor = [part_of(x, y, holes) for x, y in zip(a, b, strict=True)]
    words = [part for part in anchor if isinstance(part, str) and is_telling(part)]
    if None in anchor or not words:
        return None
    lines = []
    for mine, theirs in zip(one.lines, other.lines, strict=True):
        line = _line(mine, theirs, holes)
        if line is None:
            return None
        lines.append(line)
    pattern = rf"^(?P<indent>[ \t]*){pattern_of(anchor, set())}[ \t]*$"
    return Rule(re.compile(pattern, re.MULTILINE), one.side, tuple(lines), max(words, key=len))


def _line(one: str, other: str, holes: dict[tuple[str, str], int]) -> tuple[str | int, ...] | None:
    """An inserted line by the holes of the line beside it; None where more differs."""
    a, b = ([m[0] for m in TOKEN.finditer(each)] for each in (one, other))
    if len(a) != len(b):
        return None
    made: list[str | int] = []
    for x, y in zip(a, b, strict=True):
        if x != y and (x, y) not in holes:
            return None
        made.append(x if x == y else holes[x, y])
    return tuple(made)


def _matches(path: str, source: Source, rule: Rule) -> Iterator[Place]:
    if not source.is_readable:
        return
    reason = "such lines were put at other places"
    for number, match in enumerate(rule.pattern.finditer(source.text)):
        if number >= MOST_MATCHES:
            return
        new = rule.written(match)
        row = source.line_of(match.start())
        first = row + 1 if rule.side == "below" else row - len(new)
        beside = [line.rstrip() for line in source.lines[max(0, first) : first + len(new)]]
        if beside == [line.rstrip() for line in new]:
            continue
        text = "\n".join(new)
        if rule.side == "below":
            at = match.end()
            yield Place(path, at, at, "", f"\n{text}", "repeat", reason)
        else:
            at = match.start()
            yield Place(path, at, at, "", f"{text}\n", "repeat", reason)
