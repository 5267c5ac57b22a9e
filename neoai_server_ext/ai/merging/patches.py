"""Applies what is written as a patch: unified hunks, or blocks to search for and to put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .lines import Unplaced

HUNK = re.compile(r"^@@ -(?P<row>\d+)(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
SEARCH = re.compile(r"<{5,9} ?SEARCH[^\S\n]*\Z")
BETWEEN = re.compile(r"={5,9}[^\S\n]*\Z")
REPLACE = re.compile(r">{5,9} ?REPLACE")
HEADS = ("--- ", "+++ ", "diff ", "index ", "\\ No newline")


def is_patch(code: str) -> bool:
    """Whether code says what to change instead of being it."""
    return bool(HUNK.search(code) or next(_blocks(code), None))


def patched(old: str, code: str) -> str:
    """The old text, changed. Raises Unplaced where what is to be changed is not there once."""
    lines = old.split("\n")
    shift = 0
    for row, before, after in _changes(code):
        at = _located(lines, before, None if row is None else row - 1 + shift)
        lines[at : at + len(before)] = after
        shift += len(after) - len(before)
    return "\n".join(lines)


def _changes(code: str) -> Iterator[tuple[int | None, list[str], list[str]]]:
    blocks = list(_blocks(code))
    yield from ((None, old, new) for old, new in blocks)
    heads = [] if blocks else list(HUNK.finditer(code))
    ends = [*(head.start() for head in heads[1:]), len(code)]
    for head, end in zip(heads, ends, strict=False):
        body = code[code.index("\n", head.start()) + 1 : end].split("\n")
        said = [line for line in body if not line.startswith(HEADS)]
        while said and not said[-1]:
            said.pop()
        yield (
            int(head["row"]),
            [line[1:] for line in said if not line.startswith("+")],
            [line[1:] for line in said if not line.startswith("-")],
        )


def _blocks(code: str) -> Iterator[tuple[list[str], list[str]]]:
    """What is to be searched for, and what is to be put there. Takes each line once."""
    old: list[str] | None = None
    new: list[str] | None = None
    for line in code.split("\n"):
        if old is None:
            old = [] if SEARCH.match(line) else None
        elif new is None:
            new = [] if BETWEEN.match(line) else None
            old += [] if new is not None else [line]
        elif REPLACE.match(line):
            yield old, new
            old = new = None
        else:
            new.append(line)


def _located(lines: Sequence[str], before: Sequence[str], near: int | None) -> int:
    """Where lines stand: exactly, else but for their indentation; of several the nearest."""
    if not before:
        return min(max(near or 0, 0), len(lines))
    for bare in (str.rstrip, str.strip):
        wanted = [bare(line) for line in before]
        have = [bare(line) for line in lines]
        at = [
            row
            for row in range(len(have) - len(wanted) + 1)
            if have[row] == wanted[0] and have[row : row + len(wanted)] == wanted
        ]
        if near is not None and at:
            return min(at, key=lambda row: abs(row - near))
        if len(at) == 1:
            return at[0]
    shown = next((line.strip() for line in before if line.strip()), "")[:60]
    raise Unplaced(f"What it changes, near `{shown}`, does not stand in the file once.")
