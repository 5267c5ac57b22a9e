"""Repeated edits: what was done at two places, or to one of several equal lines, elsewhere too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import PurePosixPath

from .edits import Change
from .places import Look, Place
from .source import Source

MOST_EDITS = 12
"""So many of the latest edits are compared with one another."""
MOST_CONTEXT = 8
NEAR_BY = 4
ALONE_LEFT, ALONE_RIGHT = 4, 3
HOLE = r"""(?:[\w$]+|"[^"\n]*"|'[^'\n]*')"""
ATOM = re.compile(r"""[\w$]+\Z""")
NAME = re.compile(r"[A-Za-z_$][\w$]{2,}")
_KEYWORDS = """def class func function return self this for while if elif else try except finally
    with import from export const let var public private protected static void async await new not
    and None True False null true false nil int str string bool float number any type interface
    struct impl pub use match case default break continue pass raise throw yield lambda echo fi
    then done"""
KEYWORDS = frozenset(_KEYWORDS.split())
"""Words that say nothing of what a line is about."""
MOST_ELSEWHERE = 30
"""A pattern that fits more places of other files is too wide for them."""
TOKEN = re.compile(r"""("[^"\n]*"|'[^'\n]*')|[\w$]+|\s+|[^\w\s$]""")


@dataclass(frozen=True)
class Edit:
    """What became of a line, or of a few: the tokens around it, of it, and what they became."""

    path: str
    left: tuple[str, ...]
    old: tuple[str, ...]
    new: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A pattern and what takes the place of its group `old`: texts, and numbers of holes."""

    pattern: re.Pattern[str]
    new: tuple[str | int, ...]
    word: str
    """The longest word that is always there."""

    def replacement(self, match: re.Match[str]) -> str:
        """What stands in the place of `old` there."""
        return "".join(p if isinstance(p, str) else match[f"h{p}"] for p in self.new)


def places(changes: Sequence[Change], look: Look) -> Iterator[Place]:
    """The places that edits leave to be done; raises Stopped."""
    changes = [each.as_written() for each in changes]
    here = changes[0]
    made = [edit for change in changes for edit in _edits(change)]
    reason = "the same was changed at other places"
    rules: dict[tuple[str, tuple[str | int, ...]], tuple[Rule, set[str]]] = {}
    for one, other in combinations(made[:MOST_EDITS], 2):
        look.go_on()
        rule = _unified(one, other)
        if rule is not None:
            _, paths = rules.setdefault((rule.pattern.pattern, rule.new), (rule, set()))
            paths |= {one.path, other.path}
    for edit in made[:MOST_EDITS]:
        rule = _alone(edit) if edit.path == here.path else None
        if rule is not None:
            rules.setdefault((rule.pattern.pattern, rule.new), (rule, {edit.path}))
    for rule, paths in rules.values():
        for change in changes:
            if change.path in paths or len(paths) > 1:
                yield from _matches(change.path, change.after, rule, reason, change)
        if len(paths) > 1:
            yield from _elsewhere(changes, rule, reason, look)
    yield from _equal_lines(here, look)


def _elsewhere(changes: Sequence[Change], rule: Rule, reason: str, look: Look) -> list[Place]:
    """In files of the same kind that were not edited: what was done in two belongs to all."""
    kinds = {PurePosixPath(change.path).suffix for change in changes}
    found: list[Place] = []
    for path, source in look.others(rule.word, *(change.path for change in changes)):
        if PurePosixPath(path).suffix in kinds:
            found += _matches(path, source.original, rule, reason, None)
        if len(found) > MOST_ELSEWHERE:
            return []
    return found


def _edits(change: Change) -> list[Edit]:
    """The edits within lines; what was put in and taken out as whole lines is not among them."""
    made = []
    for hunk in change.hunks:
        (i1, i2), (j1, j2) = hunk.before, hunk.after
        if i2 - i1 == j2 - j1:
            pairs = [((i1 + n, i1 + n + 1), (j1 + n, j1 + n + 1)) for n in range(i2 - i1)]
        elif i2 - i1 <= 4 and j2 - j1 <= 4:
            pairs = [((i1, i2), (j1, j2))]
        else:
            continue
        for before, after in pairs:
            edit = _edit(change, before, after)
            if edit is not None:
                made.append(edit)
    return made


def _edit(change: Change, before: tuple[int, int], after: tuple[int, int]) -> Edit | None:
    one = "".join(change.before.lines[slice(*before)])
    other = "".join(change.after.lines[slice(*after)])
    if len(one) + len(other) > 2000 or not one.strip():
        return None
    a = [m[0] for m in TOKEN.finditer(one)]
    b = [m[0] for m in TOKEN.finditer(other)]
    most = min(len(a), len(b))
    head = next((i for i in range(most) if a[i] != b[i]), most)
    left = most - head
    tail = next((i for i in range(left) if a[-1 - i] != b[-1 - i]), left)
    end = len(a) - tail
    return Edit(
        change.path,
        tuple(a[:head]),
        tuple(a[head:end]),
        tuple(b[head : len(b) - tail]),
        tuple(a[end:]),
    )


def _unified(one: Edit, other: Edit) -> Rule | None:
    """The rule that both edits follow; what differs between them becomes holes."""
    if len(one.old) != len(other.old) or len(one.new) != len(other.new):
        return None
    holes: dict[tuple[str, str], int] = {}
    old = [part_of(a, b, holes) for a, b in zip(one.old, other.old, strict=True)]
    if None in old:
        return None
    new: list[str | int] = []
    for a, b in zip(one.new, other.new, strict=True):
        if a == b:
            new.append(a)
        elif (a, b) in holes:
            new.append(holes[a, b])
        else:
            return None
    left, right = _context(one, other, holes, is_telling=_tells(old))
    return _rule(left, old, new, right)


def is_telling(token: str) -> bool:
    return bool(NAME.fullmatch(token)) and token not in KEYWORDS


def _alone(edit: Edit) -> Rule | None:
    """The rule that a single edit follows where what is around it says enough."""
    left, right = list(edit.left[-ALONE_LEFT:]), list(edit.right[:ALONE_RIGHT])
    around = [token for token in (*left, *right) if is_telling(token)]
    if not _tells(edit.old) or not edit.new or not around or len(edit.right) < ALONE_RIGHT:
        return None
    return _rule([*left], list(edit.old), [*edit.new], [*right])


def _tells(parts: Iterable[str | int | None]) -> bool:
    return any(isinstance(part, str) and is_telling(part) for part in parts)


def _context(
    one: Edit, other: Edit, holes: dict[tuple[str, str], int], *, is_telling: bool
) -> tuple[list[str | int], list[str | int]]:
    """What stands to both sides: where the edit itself has no telling word, as far as the next one,
    with holes on the way; else only what both have in common."""
    sides = (one.left[::-1], other.left[::-1]), (one.right, other.right)
    equal = [_common(a, b) for a, b in sides]
    if is_telling:
        left, right = equal
        return left[:NEAR_BY][::-1], right[:NEAR_BY]
    reached = [_reach(a, b, dict(holes)) for a, b in sides]
    nearest = min((0, 1), key=lambda side: len(reached[side] or range(100)))
    kept = [[part for part in each[:1] if not str(part).isspace()] for each in equal]
    if reached[nearest] is not None:
        a, b = sides[nearest]
        kept[nearest] = _reach(a, b, holes) or []
    return kept[0][::-1], kept[1]


def _reach(
    a: Sequence[str], b: Sequence[str], holes: dict[tuple[str, str], int]
) -> list[str | int] | None:
    """The tokens up to the first telling word that both have; None where there is none near."""
    found: list[str | int] = []
    for x, y in zip(a[:MOST_CONTEXT], b[:MOST_CONTEXT], strict=False):
        part = part_of(x, y, holes)
        if part is None:
            return None
        found.append(part)
        if _tells([part]):
            return found
    return None


def part_of(a: str, b: str, holes: dict[tuple[str, str], int]) -> str | int | None:
    if a == b:
        return a
    if a.isspace() and b.isspace():
        return a
    is_atom = (ATOM.match(a) or a[0] in "\"'") and (ATOM.match(b) or b[0] in "\"'")
    return holes.setdefault((a, b), len(holes)) if is_atom else None


def _common(a: Sequence[str], b: Sequence[str]) -> list[str | int]:
    found: list[str | int] = []
    for x, y in zip(a[:MOST_CONTEXT], b[:MOST_CONTEXT], strict=False):
        if x != y and not (x.isspace() and y.isspace()):
            break
        found.append(x)
    return found


def _rule(
    left: list[str | int],
    old: Sequence[str | int | None],
    new: list[str | int],
    right: list[str | int],
) -> Rule | None:
    """None where the pattern would fit too much."""
    while left and isinstance(left[0], str) and left[0].isspace():
        left = left[1:]
    while right and isinstance(right[-1], str) and right[-1].isspace():
        right = right[:-1]
    words = [t for t in (*left, *old, *right) if isinstance(t, str) and is_telling(t)]
    if not words:
        return None
    seen: set[int] = set()
    parts = [pattern_of(side, seen) for side in (left, old, right)]
    whole = [*left, *old, *right]
    begin = r"(?<![\w$])" if _is_word(whole[0]) else ""
    end = r"(?![\w$])" if _is_word(whole[-1]) else ""
    pattern = f"{begin}{parts[0]}(?P<old>{parts[1]}){parts[2]}{end}"
    return Rule(re.compile(pattern), tuple(new), max(words, key=len))


def pattern_of(tokens: Iterable[str | int | None], seen: set[int]) -> str:
    parts = []
    for token in tokens:
        if isinstance(token, int):
            parts.append(f"(?P=h{token})" if token in seen else f"(?P<h{token}>{HOLE})")
            seen.add(token)
        elif token is not None:
            parts.append(r"\s+" if token.isspace() else re.escape(token))
    return "".join(parts)


def _is_word(token: str | int | None) -> bool:
    return isinstance(token, int) or bool(token and ATOM.match(token))


def _matches(
    path: str, source: Source, rule: Rule, reason: str, change: Change | None
) -> Iterator[Place]:
    if not source.is_readable:
        return
    for number, match in enumerate(rule.pattern.finditer(source.text)):
        if number >= 200:
            return
        start, end = match.span("old")
        new = rule.replacement(match)
        is_there = bool(new) and (
            source.text.startswith(new, start)
            or (start == end and source.text.endswith(new, 0, start))
        )
        if is_there or (change is not None and _was_made(change, start, end, new)):
            continue
        if match["old"] != new:
            yield Place(path, start, end, match["old"], new, "repeat", reason)


def _was_made(change: Change, start: int, end: int, new: str) -> bool:
    """Whether this is what an edit left behind."""
    for each in change.substitutions:
        if each.after <= end and start <= each.after + len(each.new):
            return True
    return False


def _equal_lines(change: Change, look: Look) -> Iterator[Place]:
    """Lines that were as one that was edited: where it was the only one, nothing follows."""
    text = change.after.text
    for hunk in change.hunks:
        (i1, i2), (j1, j2) = hunk.before, hunk.after
        old = "".join(change.before.lines[i1:i2])
        new = "".join(change.after.lines[j1:j2])
        if i1 == i2 or len(old) > 2000 or sum(map(is_telling, NAME.findall(old))) < 2:
            continue
        look.go_on()
        stripped, put = old.strip(), new.strip()
        if not put:
            continue
        at = text.find(stripped)
        while at >= 0:
            row = change.after.line_of(at)
            line_start = change.after.starts[row]
            end = at + len(stripped)
            is_whole = not text[line_start:at].strip() and text[end : end + 1] in ("", "\n")
            if is_whole and stripped not in put:
                reason = "an equal line was changed"
                yield Place(change.path, at, end, stripped, put, "repeat", reason)
            at = text.find(stripped, end)
