"""What two sequences have in common, in a time that does not explode: difflib's grows with the
square of the lines that are alike, and a JSON file has thousands of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher

SMALL = 20_000
"""Up to this product of both lengths difflib is asked, which finds the most."""

Block = tuple[int, int, int]


def matching_blocks(one: Sequence[Hashable], other: Sequence[Hashable]) -> list[Block]:
    """Runs `(i, j, size)` in order with `one[i:i+size] == other[j:j+size]`; like difflib's, without
    the empty one at the end.

    What is the same at both ends counts first, then what is there once on either side (patience
    diff); between those it begins again.
    """
    blocks: list[Block] = []
    windows = [(0, len(one), 0, len(other))]
    while windows:
        i1, i2, j1, j2 = windows.pop()
        head = _shared(one, other, range(i1, i2), range(j1, j2))
        if head:
            blocks.append((i1, j1, head))
        i1, j1 = i1 + head, j1 + head
        tail = _shared(one, other, range(i2 - 1, i1 - 1, -1), range(j2 - 1, j1 - 1, -1))
        i2, j2 = i2 - tail, j2 - tail
        if tail:
            blocks.append((i2, j2, tail))
        if (i2 - i1) * (j2 - j1) <= SMALL:
            matcher = SequenceMatcher(None, one[i1:i2], other[j1:j2], autojunk=False)
            found = matcher.get_matching_blocks()
            blocks += [(i1 + i, j1 + j, size) for i, j, size in found if size]
            continue
        i, j = i1, j1
        for next_i, next_j in _anchors(one, other, range(i1, i2), range(j1, j2)):
            blocks.append((next_i, next_j, 1))
            windows.append((i, next_i, j, next_j))
            i, j = next_i + 1, next_j + 1
        if i > i1:
            windows.append((i, i2, j, j2))
    return list(_joined(sorted(blocks)))


def _shared(one: Sequence[Hashable], other: Sequence[Hashable], here: range, there: range) -> int:
    count = 0
    for i, j in zip(here, there, strict=False):
        if one[i] != other[j]:
            break
        count += 1
    return count


def _anchors(
    one: Sequence[Hashable], other: Sequence[Hashable], here: range, there: range
) -> list[tuple[int, int]]:
    """The places of what each side has once, as many of them as are in the same order."""
    known = _once(other, there)
    pairs = sorted((i, known[item]) for item, i in _once(one, here).items() if item in known)
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        place = bisect_left(ends, j)
        before.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [j]
        last[place : place + 1] = [number]
    found = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _once(items: Sequence[Hashable], places: range) -> dict[Hashable, int]:
    found: dict[Hashable, int] = {}
    again: set[Hashable] = set()
    for place in places:
        if items[place] in found:
            again.add(items[place])
        found[items[place]] = place
    return {item: place for item, place in found.items() if item not in again}


def _joined(blocks: Sequence[Block]) -> Iterator[Block]:
    """Blocks that follow one another on both sides, as one."""
    i = j = size = 0
    for next_i, next_j, more in blocks:
        if (next_i, next_j) == (i + size, j + size):
            size += more
            continue
        if size:
            yield i, j, size
        i, j, size = next_i, next_j, more
    if size:
        yield i, j, size
