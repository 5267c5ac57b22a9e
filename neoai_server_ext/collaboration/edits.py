"""Texts turned into others by edits of whole lines."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

from .matching import matching_blocks

Edit = tuple[int, int, str]
"""A place in a text, how much goes there, and what comes; pycrdt counts in UTF-8 bytes."""


def line_edits(old: str, new: str) -> list[Edit]:
    """The edits that turn one text into the other, the last first."""
    before, after = old.encode().splitlines(True), new.encode().splitlines(True)
    starts = [0, *accumulate(map(len, before))]
    edits = []
    i = j = 0
    for next_i, next_j, size in [*matching_blocks(before, after), (len(before), len(after), 0)]:
        if (i, j) != (next_i, next_j):
            dropped = starts[next_i] - starts[i]
            edits.append((starts[i], dropped, b"".join(after[j:next_j]).decode()))
        i, j = next_i + size, next_j + size
    return edits[::-1]


def apply_edits(doc: Any, text: Any, edits: list[Edit]) -> None:
    """Edit a shared text, so that cursors and the undo of everybody else stay."""
    with doc.transaction():
        for at, dropped, added in edits:
            if dropped:
                del text[at : at + dropped]
            if added:
                text.insert(at, added)
